import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestDatabase } from '@reputable/testing';
import { existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { connect, dataSourceOptions } from './data-source.ts';
import type { WatchedPool } from './watched-pool.ts';

const DEADLINE_MS = 1_000;

/** The most connections of a pool. */
const MAX = 16;

let dataSource: DataSource;
let pool: WatchedPool;
beforeAll(async () => {
  const url = await createTestDatabase('options');
  dataSource = await connect(dataSourceOptions({ url, entities: [], migrations: [], deadlineMs: DEADLINE_MS }));
  pool = (dataSource.driver as PostgresDriver).master as WatchedPool;
});
afterAll(() => dataSource.destroy());

it.each([
  ['plan_cache_mode', 'force_generic_plan'],
  ['statement_timeout', '10s'],
])('the setting %s of a connection is %s', async (name, value) => {
  expect(await dataSource.query(`SHOW ${name}`)).toEqual([{ [name]: value }]);
});

it('gives its pool the times in which PostgreSQL must answer: longer than a statement, or a call that others wait for, may take', () => {
  expect(pool.options).toMatchObject({ answerWithinMs: 12_000, crowdedAnswerWithinMs: DEADLINE_MS + 2_000 });
});

it('has a bounded number of connections, and refuses a caller that waits for one before the deadline of a call', async () => {
  const clients = await Promise.all(Array.from({ length: MAX }, () => pool.connect()));
  const refused = expect(pool.connect()).rejects.toThrow('timeout exceeded when trying to connect');
  // The timers of a process fire in order, however late.
  const after = (ms: number, what: string) => Promise.race([refused.then(() => 'refused'), sleep(ms, what)]);
  expect(await Promise.all([after(DEADLINE_MS / 2, 'waits'), after(DEADLINE_MS, 'deadline')])).toEqual(['waits', 'refused']);
  expect(pool.totalCount).toBe(MAX);
  for (const client of clients) client.release();
});

/** The table of TCP connections of Linux. A column has the timer that runs: 02 for keepalive, and when it fires, in hundredths of a second. */
const TCP = '/proc/net/tcp';

(existsSync(TCP) ? it : it.skip)('TCP checks after five seconds of silence whether the server is still there', async () => {
  const client = await pool.connect();
  const { localPort = 0 } = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  const local = new RegExp(`: [0-9A-F]{8}:${localPort.toString(16).toUpperCase().padStart(4, '0')} .* 02:([0-9A-F]{8}) `);
  const [, left = ''] = local.exec(readFileSync(TCP, 'utf8')) ?? [];
  client.release();
  expect(parseInt(left, 16)).toBeLessThanOrEqual(500);
});
