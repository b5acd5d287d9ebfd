import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Code, DomainError } from '@reputable/errors';
import { createTestDatabase, eventually, PATIENCE, query, Relay } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import { outboxState } from './outbox-state.ts';
import { Queues } from './queues.ts';

Logger.overrideLogger(false);

let url: string;
let dataSource: DataSource;

beforeAll(async () => {
  url = await createTestDatabase('outbox');
  dataSource = await new DataSource(dataSourceOptions({ url, entities: [], migrations: [] })).initialize();
});
afterAll(() => dataSource.destroy());

type Event = { n: number };

/** Runs an outbox that delivers into `delivered` while `work` runs. `refuse` may throw the receiver's error. */
async function withOutbox(
  work: (outbox: Outbox<Event>) => Promise<void>,
  delivered: number[] = [],
  { refuse, ...options }: Partial<OutboxOptions<Event>> & { refuse?: (events: readonly Event[]) => void } = {},
): Promise<void> {
  const deliver = async (events: Event[]) => {
    refuse?.(events);
    delivered.push(...events.map(({ n }) => n));
    await Promise.resolve();
  };
  const outbox = new Outbox<Event>({ dataSource, queue: 'numbers', deliver, ...options });
  await outbox.onApplicationBootstrap();
  await work(outbox).finally(() => outbox.onApplicationShutdown());
}

const numbers = (count: number): Event[] => Array.from({ length: count }, (_, n) => ({ n }));

const refusal = () => new DomainError(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'events[0].kind: Must be one of the kinds in the contract.');

/** Refuses every batch that contains the event with the number 50. */
const refusePoison = (events: readonly Event[]) => {
  if (events.some(({ n }) => n === 50)) throw refusal();
};

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

describe('a refused event', () => {
  const stateOf = async () => (await outboxState(dataSource)).find(({ queue }) => queue === 'refused');

  it('does not hold up the others of its batch, and becomes a dead letter', async () => {
    const delivered: number[] = [];
    const work = async (outbox: Outbox<Event>) => {
      await dataSource.transaction((tx) => outbox.add(tx, numbers(101)));
      await eventually(() => {
        expect(delivered).toHaveLength(100);
      }, 5_000);
      await eventually(async () => {
        expect(await stateOf()).toEqual({ queue: 'refused', depth: 0, oldestAgeS: 0, deadLetters: 1 });
      });
    };
    await withOutbox(work, delivered, { queue: 'refused', refuse: refusePoison, maxRefusals: 2 });
    expect(delivered).not.toContain(50);
    expect(new Set(delivered).size).toBe(100);
    const letters = await query(url, "SELECT data, output, source_retry_count FROM pgboss.job WHERE name = 'dead_letter'");
    expect(letters).toEqual([{ data: { n: 50 }, output: { refusals: 2, reason: refusal().message }, source_retry_count: 1 }]);
  });

  it('is tried again, alone, with every batch that comes until then', async () => {
    const [delivered, batches]: [number[], number[][]] = [[], []];
    const refuse = (events: readonly Event[]) => {
      batches.push(events.map(({ n }) => n));
      refusePoison(events);
    };
    const work = async (outbox: Outbox<Event>) => {
      await dataSource.transaction((tx) => outbox.add(tx, numbers(51)));
      await eventually(async () => {
        expect(delivered).toHaveLength(50);
        expect(await stateOf()).toMatchObject({ depth: 1, deadLetters: 1 });
      });
      batches.length = 0;
      await query(url, "UPDATE pgboss.job SET start_after = now() + interval '1 second' WHERE name = 'refused' AND state = 'retry'");
      await dataSource.transaction((tx) => outbox.add(tx, [{ n: 51 }, { n: 52 }], 1));
      await eventually(() => {
        expect(delivered).toHaveLength(52);
        expect(batches.at(-1)).toEqual([50]);
      });
      expect(batches.filter((batch) => batch.includes(50)).every(({ length }) => length === 1)).toBe(true);
    };
    await withOutbox(work, delivered, { queue: 'refused', refuse });
  });
});

it('retries an outage for as long as it lasts, with few calls', async () => {
  const delivered: number[] = [];
  let calls = 0;
  let isDown = true;
  const refuse = () => {
    calls += 1;
    if (isDown) throw new DomainError(Code.UNAVAILABLE, 'SERVICE_UNAVAILABLE', 'The user service cannot be reached. Try again.');
  };
  const work = async (outbox: Outbox<Event>) => {
    await dataSource.transaction((tx) => outbox.add(tx, numbers(100)));
    await eventually(() => {
      expect(calls).toBeGreaterThanOrEqual(3);
    });
    expect((await outboxState(dataSource)).find(({ queue }) => queue === 'outage')).toMatchObject({ deadLetters: 0 });
    const callsUntilThen = calls;
    isDown = false;
    await eventually(() => {
      expect(delivered).toHaveLength(100);
    });
    expect(callsUntilThen).toBeLessThan(10);
  };
  await withOutbox(work, delivered, { queue: 'outage', refuse, maxRefusals: 1 });
});

it('delivers once if the receiver needs almost the deadline of a call', async () => {
  const patient = await new DataSource(dataSourceOptions({ url, entities: [], migrations: [], deadlineMs: 8_000 })).initialize();
  let deliveries = 0;
  const deliver = async () => {
    deliveries += 1;
    await sleep(6_000);
  };
  const outbox = new Outbox<Event>({ dataSource: patient, queue: 'slow', deliver });
  await outbox.onApplicationBootstrap();
  try {
    await patient.transaction((tx) => outbox.add(tx, numbers(1)));
    await eventually(async () => {
      expect(await outboxState(patient)).toContainEqual(expect.objectContaining({ queue: 'slow', depth: 0 }));
      expect(await query(url, "SELECT state::text FROM pgboss.job WHERE name = 'slow'")).toEqual([{ state: 'completed' }]);
    });
    expect(deliveries).toBe(1);
  } finally {
    await outbox.onApplicationShutdown();
    await patient.destroy();
  }
});

it('delivers again some time after the host of the database was lost, on new connections', async () => {
  const { hostname, port } = new URL(url);
  const relay = await Relay.start(() => Number(port));
  const relayed = new URL(url);
  relayed.host = relay.url.replace('localhost', hostname);
  const lost = await new DataSource(dataSourceOptions({ url: relayed.href, entities: [], migrations: [] })).initialize();
  const delivered: number[] = [];
  const deliver = (events: Event[]) => Promise.resolve(void delivered.push(...events.map(({ n }) => n)));
  const outbox = new Outbox<Event>({ dataSource: lost, queue: 'lost', deliver });
  await outbox.onApplicationBootstrap();
  try {
    await dataSource.transaction((tx) => outbox.add(tx, [{ n: 1 }]));
    await eventually(() => {
      expect(delivered).toEqual([1]);
    });
    relay.lose();
    await dataSource.transaction((tx) => outbox.add(tx, [{ n: 2 }]));
    await eventually(() => {
      expect(delivered.toSorted()).toEqual([1, 2]);
    }, 45_000);
  } finally {
    relay.down();
    await outbox.onApplicationShutdown();
    await lost.destroy();
  }
});

it('delivers an event again after a crash of its deliverer, in the time that it states', async () => {
  const delivered: number[] = [];
  const work = async (outbox: Outbox<Event>) => {
    const { boss } = Queues.of(dataSource);
    await boss.offWork('orphans', { wait: true });
    await dataSource.transaction((tx) => outbox.add(tx, [{ n: 1 }]));
    // As a process does that ends before it settles the job.
    expect(await boss.fetch('orphans')).toHaveLength(1);
    const crashed = Date.now();
    await outbox.onApplicationBootstrap();
    await eventually(() => {
      expect(delivered).toEqual([1]);
    }, 30_000);
    expect(Date.now() - crashed).toBeLessThan(PATIENCE * (TIMEOUT_S + 8) * 1_000);
  };
  const TIMEOUT_S = 1;
  await withOutbox(work, delivered, { queue: 'orphans', timeoutS: TIMEOUT_S });
});
