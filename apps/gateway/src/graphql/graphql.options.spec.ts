import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fastify from 'fastify';
import mercurius, { type MercuriusOptions } from 'mercurius';
import { graphqlOptions } from './graphql.options.ts';

const app = fastify();
/** The stack of each call of a resolver. */
const stacks: string[] = [];
/** How many documents were parsed. */
let parsed = 0;

beforeAll(async () => {
  const { typeDefs, jit, cache } = graphqlOptions((_request, _reply, done) => done(), true);
  const user = (_parent: unknown, { id }: { id: string }) => {
    stacks.push(new Error().stack ?? '');
    return { id };
  };
  const options = { schema: typeDefs, resolvers: { Query: { user } }, jit, cache };
  await app.register(mercurius, options as MercuriusOptions);
  app.graphql.addHook('preValidation', () => {
    parsed += 1;
    return Promise.resolve();
  });
});
afterAll(() => app.close());

const ask = (id: string) => app.graphql(`{ user(id: "${id}") { id } }`);

it('compiles a document at its second use', async () => {
  for (let use = 1; use <= 3; use += 1) expect((await ask('compiled')).data).toEqual({ user: { id: 'compiled' } });
  expect(stacks.map((stack) => stack.includes('graphql-jit'))).toEqual([false, true, true]);
});

it('parses a document once, until 512 others have followed', async () => {
  const parsedFor = async (ids: readonly string[]) => {
    const before = parsed;
    for (const id of ids) await ask(id);
    return parsed - before;
  };
  expect(await parsedFor(['cached', 'cached'])).toBe(1);
  expect(await parsedFor(Array.from({ length: 512 }, (_, index) => String(index)))).toBe(512);
  expect(await parsedFor(['cached'])).toBe(1);
});
