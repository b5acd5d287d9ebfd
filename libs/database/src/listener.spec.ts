import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually, OwnPostgres } from '@reputable/testing';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.ts';
import { Listener } from './listener.ts';

let postgres: OwnPostgres;
let dataSource: DataSource;
beforeAll(async () => {
  postgres = await OwnPostgres.start();
  const url = await postgres.createDatabase('listener');
  dataSource = new DataSource(dataSourceOptions({ url, entities: [], migrations: [] }));
  await dataSource.initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await postgres.stop();
});

it('gives up a connection, and an attempt to connect, to a server that hangs, and reads again once it answers', async () => {
  const reasons: string[] = [];
  const warn = jest
    .spyOn(Logger.prototype, 'warn')
    .mockImplementation((line: unknown) => void reasons.push((line as { reason: string }).reason));
  const received: string[] = [];
  let connects = 0;
  const listener = new Listener({
    dataSource,
    channel: 'news',
    onNotify: (payload) => received.push(payload),
    onConnect: () => Promise.resolve(void (connects += 1)),
    onAlive: () => undefined,
  });
  await listener.start();
  try {
    postgres.stall();
    await eventually(() => {
      expect(reasons.slice(0, 2)).toEqual(['Query read timeout', 'timeout expired']);
    });
    postgres.resume();
    await eventually(() => {
      expect(connects).toBeGreaterThan(1);
    });
    await dataSource.query("SELECT pg_notify('news', 'hello')");
    await eventually(() => {
      expect(received).toEqual(['hello']);
    });
  } finally {
    postgres.resume();
    await listener.stop();
    warn.mockRestore();
  }
});
