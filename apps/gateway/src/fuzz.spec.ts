import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GRPC_SERVICES } from '@reputable/contracts/registry';
import { PATIENCE, query as select, residentMb, type TestService, urlsOf } from '@reputable/testing';
import { settings } from '@reputable/testing/property';
import fc from 'fast-check';
import { buildSchema, type GraphQLField } from 'graphql';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccountWorld, type Member, ORIGIN, sharedAccountWorld } from './account/account.fixture.ts';
import { type Answer, asking } from './testing/ask.ts';
import { type GeneratedQuery, queriesFor } from './testing/generated-query.fixture.ts';

/** The codes of a field that fails. No request may cause one. */
const FAULTS = ['INTERNAL', 'UNKNOWN', 'UNIMPLEMENTED', 'DATA_LOSS', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED'];

/** The longest time until an answer, in milliseconds. */
const ANSWER_MS = 5_000;

/** How much a process may grow, in megabytes. It reserves memory for its caches and its garbage. */
const GROWTH_MB = 150;

/** The requests for each field with arguments, by nobody and by a user. */
const RUNS = 10;

const sources = globSync('**/*.graphql', { cwd: import.meta.dirname });
const schema = buildSchema(sources.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n'));

const fields = (['query', 'mutation'] as const).flatMap((operation) => {
  const type = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
  return Object.values(type?.getFields() ?? {}).map((field) => [operation, field.name, field] as const);
});

let running: AccountWorld;
let user: Member;
let ask: ReturnType<typeof asking>;
/** The services of this spec alone, by name. */
const own: Record<string, TestService> = {};
const memory = new Map<string, number>();
/** Texts that arguments accept. */
const known = ['fuzz@example.com', 'correct horse battery', 'posts:read'];

beforeAll(async () => {
  running = await sharedAccountWorld();
  const { world, issuer, ...shared } = running;
  const services: Record<string, TestService> = { auth: shared.auth, user: shared.user };
  const start = async (name: string) => (own[name] = await world.start(name, { ...issuer, ...urlsOf(services), PUBLIC_URL: ORIGIN }));
  for (const name of GRPC_SERVICES) services[name] ??= await start(name);
  ask = asking((await start('gateway')).ports.http);
  user = await aModerator();
  const other = await running.member();
  const { data } = await ask('mutation { createPost(input: { title: "T", body: "B" }) { id } }', { token: user.accessToken });
  const postId = (data?.createPost as { id: string }).id;
  const input = `{ postId: "${postId}", body: "B" }`;
  const comment = await ask(`mutation { createComment(input: ${input}) { id } }`, { token: user.accessToken });
  known.push(postId, (comment.data?.createComment as { id: string }).id, other.id);
  for (const [name, service] of Object.entries(own)) memory.set(name, residentMb(service));
});
afterAll(() => Promise.all(Object.values(own).map((service) => service.stop())));

/** A user with all rights. */
async function aModerator(): Promise<Member> {
  const member = await running.member();
  await select(running.user.databaseUrl, "UPDATE profile SET roles = '{ADMIN,MODERATOR}', reputation_sum = 9999 WHERE id = $1", [
    member.id,
  ]);
  return member;
}

/** Asks as the user. A request may have ended the session. */
async function asUser({ query, variables }: GeneratedQuery): Promise<Answer> {
  const answer = await ask(query, { variables, token: user.accessToken });
  if (answer.status !== 401) return answer;
  user = await aModerator();
  return ask(query, { variables, token: user.accessToken });
}

const asNobody = ({ query, variables }: GeneratedQuery) => ask(query, { variables });

const runsOf = ({ args }: GraphQLField<unknown, unknown>) => (args.length === 0 ? 2 : RUNS);

describe.each(fields)('%s %s', (operation, _name, field) => {
  it.each([
    ['nobody', asNobody],
    ['a user with all rights', asUser],
  ])('has an answer to every request of %s', async (_, send) => {
    const isAnswered = async (request: GeneratedQuery) => {
      // Mercurius compiles a query at its second execution.
      for (let time = 1; time <= 2; time += 1) {
        const began = performance.now();
        const { status, errors } = await send(request);
        expect(status).toBeLessThan(500);
        expect(errors.filter(({ extensions }) => FAULTS.includes(extensions.code))).toEqual([]);
        expect(performance.now() - began).toBeLessThan(PATIENCE * ANSWER_MS);
      }
    };
    await fc.assert(fc.asyncProperty(queriesFor(operation, field, known), isAnswered), settings(runsOf(field)));
  });
});

it('no service has ended or grown meanwhile', () => {
  const grown = Object.entries(own).map(([name, service]) => [name, residentMb(service) - (memory.get(name) ?? 0)] as const);
  expect(grown.filter(([, mb]) => !(mb < GROWTH_MB))).toEqual([]);
});
