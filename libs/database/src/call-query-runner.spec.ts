import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runInCall } from '@reputable/auth';
import { Code } from '@reputable/errors';
import { createTestDatabase, HeldLock, query, StatementCounter } from '@reputable/testing';
import type { DataSource } from 'typeorm';
import { connect, dataSourceOptions } from './data-source.ts';

let url: string;
let counter: StatementCounter & { readonly url: string };
let dataSource: DataSource;

beforeAll(async () => {
  url = await createTestDatabase('call');
  await query(url, 'CREATE TABLE thing (id int PRIMARY KEY)');
  counter = await StatementCounter.start(url);
  dataSource = await connect(dataSourceOptions({ url: counter.url, entities: [], migrations: [] }));
});
beforeEach(async () => {
  await query(url, 'TRUNCATE thing');
  counter.statements.length = 0;
});
afterAll(async () => {
  await dataSource.destroy();
  counter.stop();
});

const INSERT = 'INSERT INTO thing (id) VALUES ($1)';
const ids = async () => (await query<{ id: number }>(url, 'SELECT id FROM thing ORDER BY id')).map(({ id }) => id);
const sent = () => counter.statements.map(({ text }) => text.replace(/\d+$/, 'n'));

/** Runs `work` in a call that has this time left, in milliseconds. */
const inCall = <T>(leftMs: number, work: () => Promise<T>) =>
  runInCall({ user: undefined, peer: undefined, token: undefined, deadline: Date.now() + leftMs }, work);

const notDone = { code: Code.DEADLINE_EXCEEDED, message: 'The database did not answer in time. The change was not made. Try again.' };

describe('a change of a call', () => {
  it('ends before the deadline, and is not made, if a lock holds it up', async () => {
    await using lock = await HeldLock.take(url, 'LOCK TABLE thing');
    await expect(inCall(1_500, () => dataSource.query(INSERT, [1]))).rejects.toMatchObject(notDone);
    const timeouts = counter.statements.flatMap(({ text }) => /statement_timeout = (\d+)$/.exec(text)?.slice(1).map(Number) ?? []);
    expect(timeouts).toHaveLength(1);
    // A tenth of a second is left for the answer.
    expect(timeouts[0]).toBeLessThanOrEqual(1_400);
    await lock.release();
    expect(await ids()).toEqual([]);
  });

  it('is not committed after the deadline', async () => {
    const late = inCall(200, () =>
      dataSource.transaction(async (tx) => {
        await tx.query(INSERT, [1]);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }),
    );
    await expect(late).rejects.toMatchObject(notDone);
    expect(await ids()).toEqual([]);
  });

  it('is not begun after the deadline', async () => {
    await expect(inCall(-1, () => dataSource.query(INSERT, [1]))).rejects.toMatchObject(notDone);
    await expect(inCall(-1, () => dataSource.transaction((tx) => tx.query(INSERT, [1])))).rejects.toMatchObject(notDone);
    expect(sent()).toEqual([]);
  });

  it('has an unknown outcome if the connection breaks during the commit', async () => {
    const broken = inCall(2_000, () =>
      dataSource.transaction(async (tx) => {
        const [{ pid }] = await tx.query<[{ pid: number }]>('SELECT pg_backend_pid() AS pid');
        await query(url, 'SELECT pg_terminate_backend($1)', [pid]);
      }),
    );
    await expect(broken).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      message: 'The database does not answer. The change may have been made. Check before you try again.',
      metadata: { retry: 'unsafe' },
    });
  });

  it('costs no round trip in a transaction, and two for a single statement', async () => {
    await inCall(2_000, () => dataSource.transaction((tx) => tx.query(INSERT, [1])));
    await inCall(2_000, () => dataSource.query(INSERT, [2]));
    const bounded = ['START TRANSACTION; SET LOCAL statement_timeout = n', INSERT, 'COMMIT'];
    expect(sent()).toEqual([...bounded, ...bounded]);
    expect(await ids()).toEqual([1, 2]);
  });

  it('leaves the connection with its own timeout', async () => {
    await inCall(2_000, () => dataSource.query(INSERT, [1]));
    expect(await dataSource.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '10s' }]);
  });

  it('can be nested, and fails with the error of PostgreSQL', async () => {
    const nested = inCall(2_000, () =>
      dataSource.transaction(async (tx) => {
        await tx.query(INSERT, [1]);
        await tx.transaction((inner) => inner.query(INSERT, [1])).catch(() => undefined);
        await tx.query(INSERT, [2]);
      }),
    );
    await nested;
    expect(await ids()).toEqual([1, 2]);
    await expect(inCall(2_000, () => dataSource.query(INSERT, [1]))).rejects.toMatchObject({ driverError: { code: '23505' } });
  });
});

describe('not bounded are', () => {
  it('reads, also in a call', async () => {
    await inCall(2_000, () => dataSource.query('SELECT 1'));
    expect(sent()).toEqual(['SELECT n']);
  });

  it('changes outside a call, and in a call without a deadline', async () => {
    await dataSource.query(INSERT, [1]);
    await inCall(Infinity, () => dataSource.transaction((tx) => tx.query(INSERT, [2])));
    expect(sent()).toEqual([INSERT, 'START TRANSACTION', INSERT, 'COMMIT']);
  });
});
