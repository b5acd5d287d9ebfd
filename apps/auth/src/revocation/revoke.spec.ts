import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AuthenticatedUser, type Revocation, TokenRevocations } from '@reputable/auth';
import { createTestDatabase } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { DataSource, type QueryRunner } from 'typeorm';
import { CreateRevocations1763700000002 } from '../migrations/1763700000002-create-revocations.ts';
import { NumberRevocations1763700000026 } from '../migrations/1763700000026-number-revocations.ts';
import { issuePoint, revokeUser } from './revoke.ts';

let dataSource: DataSource;
/** One connection for each change, and one for the token. */
let connections: [QueryRunner, QueryRunner, QueryRunner];

beforeAll(async () => {
  dataSource = await new DataSource({ type: 'postgres', url: await createTestDatabase('revoke') }).initialize();
  connections = [dataSource.createQueryRunner(), dataSource.createQueryRunner(), dataSource.createQueryRunner()];
  await new CreateRevocations1763700000002().up(connections[0]);
  await new NumberRevocations1763700000026().up(connections[0]);
  // Nobody waits for the disk.
  for (const connection of connections) await connection.query('SET synchronous_commit = off');
});
afterAll(async () => {
  for (const connection of connections) await connection.release();
  await dataSource.destroy();
});

/** All orders in which the steps of several sequences can run. Each order lists the sequences by index. */
function* orders(lengths: readonly number[]): Generator<number[]> {
  if (lengths.every((length) => length === 0)) yield [];
  for (const [index, length] of lengths.entries()) {
    if (length === 0) continue;
    for (const rest of orders(lengths.with(index, length - 1))) yield [index, ...rest];
  }
}

/** The revocations of a user, as a service receives them. */
async function revocationsOf(userId: string): Promise<Revocation[]> {
  const rows: { issued: Date; number: string }[] = await dataSource.query(
    'SELECT issued_before AS issued, number FROM revocation WHERE subject_id = $1 ORDER BY random()',
    [userId],
  );
  return rows.map(({ issued, number }) => ({
    ...{ subject: 'user', id: userId, issuedBefore: issued.getTime() },
    expiresAt: Date.now() + 60_000,
    number: Number(number),
  }));
}

/**
 * Two changes of a user, each followed by its revocation, while a token is issued, in every order of the steps on three connections. Returns
 * the number of orders in which the token is accepted afterwards, and those in which an accepted token has claims from before a change.
 */
async function everyOrder() {
  let accepted = 0;
  const wrong: string[] = [];
  for (const order of orders([3, 3, 2])) {
    const userId = randomUUID();
    const state = { changes: 0, rev: 0, iat: 0, seen: 0 };
    const change = (connection: QueryRunner) => [
      () => Promise.resolve((state.changes += 1)),
      () => connection.query('BEGIN').then(() => revokeUser(connection.manager, randomUUID(), userId)),
      () => connection.query('COMMIT'),
    ];
    const [first, second, third] = connections;
    const issue = [
      () => issuePoint(third.manager).then(({ time, rev }) => Object.assign(state, { iat: Math.floor(time), rev })),
      () => Promise.resolve((state.seen = state.changes)),
    ];
    const sequences: (() => Promise<unknown>)[][] = [change(first), change(second), issue];
    for (const index of order) await sequences[index]?.shift()?.();
    const revocations = new TokenRevocations();
    revocations.apply(await revocationsOf(userId));
    revocations.close();
    const user = new AuthenticatedUser({ id: userId, roles: [], reputation: 1, scopes: [] });
    const times = { issuedAt: state.iat, expiresAt: state.iat + 60, freshUntil: state.iat + 60 };
    const refusal = revocations.refusalOf({ user, authorization: '', ...times, afterRevocation: state.rev });
    if (refusal) continue;
    accepted += 1;
    if (state.seen < 2) wrong.push(order.join(''));
  }
  return { accepted, wrong };
}

it('a token from before a change is never accepted after the revocation, in any order of all steps', async () => {
  const { accepted, wrong } = await everyOrder();
  expect(wrong).toEqual([]);
  // Those in which it is issued after both revocations, at least.
  expect(accepted).toBeGreaterThanOrEqual(20);
});
