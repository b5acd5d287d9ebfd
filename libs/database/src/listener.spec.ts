import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually, OwnPostgres, Relay } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
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

it('connects again after a reset of its connection, also while it waits for something else', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const url = new URL(await postgres.createDatabase('reset'));
  const port = Number(url.port);
  const relay = await Relay.start(() => port);
  url.host = relay.url;
  let connects = 0;
  const listener = new Listener({
    dataSource: new DataSource(dataSourceOptions({ url: url.href, entities: [], migrations: [] })),
    channel: 'news',
    onNotify: () => undefined,
    onConnect: async () => {
      connects += 1;
      if (connects > 1) return;
      relay.reset();
      // pg reports the reset, and then the end of the connection.
      await sleep(500);
    },
    onAlive: () => undefined,
  });
  await listener.start();
  try {
    await eventually(() => {
      expect(connects).toBe(2);
    });
  } finally {
    await listener.stop();
    relay.down();
    warn.mockRestore();
  }
});
