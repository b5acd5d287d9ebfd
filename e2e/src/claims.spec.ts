import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { newId } from '@reputable/database';
import { startSystem, type System } from '@reputable/dev';
import { denied, eventually } from '@reputable/testing';
import { Person } from './person.ts';

jest.setTimeout(60_000);

/** Within this time a change must show in what its user may do, in milliseconds. The bench says how long it really takes. */
const BOUND_MS = 3_000;

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { all: { LOG_LEVEL: 'fatal', NODE_ENV: 'production' } } });
});
afterAll(() => system.stop());

it('a vote shows in what the author may do with the token they have (P15)', async () => {
  const [author, voter] = [await Person.join(system, 'Author'), await Person.join(system, 'Voter', { upvotes: 2 })];
  const [first, second] = [await author.write('One'), await author.write('Another')];
  const other = await voter.write('To be voted on');
  await expect(author.upvote(other)).rejects.toMatchObject(denied('REPUTATION_TOO_LOW', { required: '15', actual: '1' }));
  const { token } = author;
  for (const id of [first, second]) await voter.upvote(id);
  await eventually(async () => {
    expect(await author.upvote(other)).toBe(1);
  }, BOUND_MS);
  expect(author.token).toBe(token);
});

it('a role shows in what its user may do with the token they have, and so does its loss', async () => {
  const [mo, admin] = [await Person.join(system, 'Mo'), await Person.join(system, 'Root', { roles: ['ADMIN'] })];
  const suspend = () => mo.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { id } }', { id: newId() });
  const change = (mutation: string) => admin.ask(`mutation ($id: ID!) { ${mutation}(userId: $id, role: MODERATOR) { id } }`, { id: mo.id });
  for (const [mutation, reason] of [
    ['grantRole', 'USER_NOT_FOUND'],
    ['revokeRole', 'ROLE_MISSING'],
  ] as const) {
    await change(mutation);
    await eventually(async () => {
      await expect(suspend()).rejects.toMatchObject(denied(reason));
    }, BOUND_MS);
  }
});
