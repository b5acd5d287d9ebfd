import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestDatabase, eventually, query } from '@reputable/testing';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.ts';
import { Outbox } from './outbox.ts';

let url: string;
let dataSource: DataSource;

beforeAll(async () => {
  url = await createTestDatabase('outbox');
  dataSource = await new DataSource(dataSourceOptions({ url, entities: [], migrations: [] })).initialize();
});
afterAll(() => dataSource.destroy());

/** Runs an outbox that delivers into `delivered` while `work` runs. */
async function withOutbox(work: (outbox: Outbox<{ n: number }>) => Promise<void>, delivered: number[] = []): Promise<void> {
  const deliver = async (events: { n: number }[]) => {
    delivered.push(...events.map(({ n }) => n));
    await Promise.resolve();
  };
  const outbox = new Outbox<{ n: number }>({ dataSource, queue: 'numbers', deliver });
  await outbox.onApplicationBootstrap();
  await work(outbox).finally(() => outbox.onApplicationShutdown());
}

it('delivers the events of a committed transaction, and none of a rollback', async () => {
  const delivered: number[] = [];
  await withOutbox(async (outbox) => {
    await dataSource.transaction((tx) => outbox.add(tx, [{ n: 1 }, { n: 2 }]));
    const failed = dataSource.transaction(async (tx) => {
      await outbox.add(tx, [{ n: 3 }]);
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    await eventually(() => {
      expect(delivered.toSorted()).toEqual([1, 2]);
    });
  }, delivered);
  expect(delivered).toHaveLength(2);
});

it('updates the options of a queue that an earlier version created', async () => {
  const optionsOf = () => query(url, "SELECT retry_limit, expire_seconds, retry_delay_max FROM pgboss.queue WHERE name = 'numbers'");
  await withOutbox(async () => {});
  const current = await optionsOf();
  await query(url, "UPDATE pgboss.queue SET retry_limit = 2, expire_seconds = 900, retry_delay_max = 60 WHERE name = 'numbers'");
  await withOutbox(async () => {});
  expect(await optionsOf()).toEqual(current);
});
