import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createTestDatabase, eventually, OwnPostgres, PATIENCE } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { WatchedPool, type WatchedPoolOptions } from './watched-pool.ts';

let pool: WatchedPool | undefined;
beforeAll(() => {
  Logger.overrideLogger(false);
});
afterEach(async () => {
  await pool?.end();
});

async function open(options: WatchedPoolOptions = {}): Promise<WatchedPool> {
  const opened = new WatchedPool({ connectionString: await createTestDatabase('pool'), ...options });
  // Idle connections that are lost.
  opened.on('error', () => undefined);
  return (pool = opened);
}

const SLOW = 'SELECT pg_sleep(2.5)';

/** Longer than any connection of these tests waits for an answer. */
const ENDLESS = 'SELECT pg_sleep(30)';

describe('WatchedPool', () => {
  it('lets a slow statement run while the server answers', async () => {
    const { rowCount } = await (await open()).query(SLOW);
    expect(rowCount).toBe(1);
  });

  it('waits for the server while this process is busy and reads answers late', async () => {
    const opened = await open();
    const busy = keepBusy(250);
    try {
      expect((await opened.query('SELECT pg_sleep(5)')).rowCount).toBe(1);
    } finally {
      clearInterval(busy);
    }
  });

  it('gives up a connection without an answer, and opens another one', async () => {
    const opened = await open({ max: 1, answerWithinMs: 1_000 });
    await expect(opened.query(ENDLESS)).rejects.toMatchObject({ name: 'DatabaseSilent', code: 'ETIMEDOUT' });
    expect((await opened.query('SELECT 1')).rowCount).toBe(1);
  });

  it('gives it up earlier while callers wait for a connection', async () => {
    const opened = await open({ max: 1, answerWithinMs: 10_000, crowdedAnswerWithinMs: 1_000 });
    const given = expect(opened.query(ENDLESS)).rejects.toMatchObject({ name: 'DatabaseSilent' });
    expect((await opened.query('SELECT 1')).rowCount).toBe(1);
    await given;
  });

  it('refuses work while the server is silent, closes all its connections, and opens new ones once it answers', async () => {
    const postgres = await OwnPostgres.start();
    try {
      const opened = await open({ connectionString: await postgres.createDatabase('pool'), max: 4 });
      await Promise.all([1, 2, 3].map(() => opened.query('SELECT pg_sleep(0.1)')));
      postgres.stall();
      const began = performance.now();
      await expect(opened.query('SELECT 1')).rejects.toMatchObject({ name: 'DatabaseSilent' });
      expect(performance.now() - began).toBeLessThan(PATIENCE * 2_500);
      await expect(opened.query('SELECT 1')).rejects.toMatchObject({ name: 'DatabaseSilent' });
      await eventually(() => expect(opened.totalCount).toBe(0));
      postgres.resume();
      const resumed = performance.now();
      while (!(await answers(opened))) await sleep(50);
      expect(performance.now() - resumed).toBeLessThan(PATIENCE * 3_000);
    } finally {
      await postgres.stop();
    }
  });
});

const answers = (opened: WatchedPool) =>
  opened.query('SELECT 1').then(
    () => true,
    () => false,
  );

/** Blocks the event loop again and again. It reads from sockets once between two blocks. */
const keepBusy = (ms: number) =>
  setInterval(() => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  }, 1);
