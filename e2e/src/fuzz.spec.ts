import type { DescMethod } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ruleOf } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';
import { aUser, residentMb, type TestService } from '@reputable/testing';
import { settings } from '@reputable/testing/property';
import fc from 'fast-check';
import { type Makers, makersFor, rows, subjectOf } from './access-table.ts';
import { ownerOf, rpcs } from './contract.ts';
import { requestsAround } from './generated-request.ts';
import { Subjects } from './subject.ts';

/** The codes of an rpc that fails. No request may cause one. */
const FAULTS = [
  ...[Code.UNKNOWN, Code.INTERNAL, Code.UNIMPLEMENTED, Code.DATA_LOSS],
  ...[Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.CANCELLED],
];

const ALMIGHTY = { roles: ['MODERATOR', 'ADMIN'], reputation: 10_000 };

/** How much a process may grow, in megabytes. It reserves memory for its caches and its garbage. */
const GROWTH_MB = 150;

/** The requests of each rpc, by nobody and by a user. */
const RUNS = 10;

let subjects: Subjects;
let makers: Makers;
const memory = new Map<string, number>();

beforeAll(async () => {
  subjects = await Subjects.start();
  makers = makersFor(subjects);
  for (const [name, service] of Object.entries(subjects.services)) memory.set(name, residentMb(service));
});

const methodOf = (rpc: string) => rpcs.get(rpc) as DescMethod;
const serviceOf = ({ parent }: DescMethod) => subjects.services[ownerOf(parent)] as TestService;

/** The texts of a request. */
const textsIn = (request: object): string[] => Object.values(request).filter((value): value is string => typeof value === 'string');

/** One row of the access table for each rpc. */
const firsts = [...new Map(rows.filter(({ rpc }) => rpcs.has(rpc)).map((row) => [row.rpc, row])).values()];

describe.each(firsts)('$rpc', ({ name, rpc }) => {
  it.each([
    ['nobody', false],
    ['a user with all rights', true],
  ])('has an answer to every request of %s', async (_, isSignedIn) => {
    const method = methodOf(rpc);
    const { request, owner } = await subjectOf(makers, name);
    const user = isSignedIn ? await subjects.withProfile(aUser({ ...(owner !== undefined && { id: owner }), ...ALMIGHTY })) : undefined;
    const as = { service: ruleOf(method).callers[0], token: user && (await subjects.world.issuer.tokenFor(user)) };
    const known = [...textsIn(request), ...(owner === undefined ? [] : [owner])];
    const isAnswered = async (bytes: Uint8Array) => {
      const error = await subjects.world.send(method, serviceOf(method), bytes, as).then(
        () => undefined,
        (failure: unknown) => failure,
      );
      // Anything else is a fault of this spec, which has then sent nothing.
      if (error !== undefined) expect(error).toBeInstanceOf(DomainError);
      expect(FAULTS.map((code) => Code[code])).not.toContain(error instanceof DomainError && Code[error.code]);
    };
    await fc.assert(fc.asyncProperty(requestsAround(method.input, request, known), isAnswered), settings(RUNS));
  });
});

it('no service has ended or grown meanwhile', () => {
  const grown = Object.entries(subjects.services).map(([name, service]) => [name, residentMb(service) - (memory.get(name) ?? 0)] as const);
  expect(grown.filter(([, mb]) => !(mb < GROWTH_MB))).toEqual([]);
});
