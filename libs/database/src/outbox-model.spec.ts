import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Code } from '@reputable/errors';
import { createTestDatabase, eventually, query } from '@reputable/testing';
import { settings } from '@reputable/testing/property';
import fc from 'fast-check';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.ts';
import { Outbox } from './outbox.ts';
import { type Answer, type Delivery, MODEL_QUEUE, type ModelEvent } from './outbox-deliverer.fixture.ts';
import { Queues } from './queues.ts';

/** What happens to a delivery instead of its success. */
const FAULTS = ['outage', 'answer lost', 'killed before', 'killed after'] as const;

type Fault = (typeof FAULTS)[number];

/** The events of all histories by their fate. */
interface Model {
  readonly committed: Set<number>;
  readonly poison: Set<number>;
  /** The number of faults after which the sender cannot know what the receiver has got. Each may cause one more delivery of an event. */
  repeats: number;
  /** The number of events so far. */
  events: number;
}

/** A database with an outbox that a process of its own delivers, and this process as the receiver. */
class World {
  /** How often the receiver has got each event. */
  readonly received = new Map<number, number>();
  readonly poison = new Set<number>();
  /** The faults of the next deliveries. */
  readonly faults: Fault[] = [];
  readonly #outbox: Outbox<ModelEvent>;
  #deliverer: ChildProcess | undefined;
  #isClosed = false;

  private constructor(
    readonly url: string,
    readonly dataSource: DataSource,
  ) {
    this.#outbox = new Outbox<ModelEvent>({ dataSource, queue: MODEL_QUEUE, deliver: () => Promise.resolve(), maxRefusals: 2 });
  }

  static async open(): Promise<World> {
    const url = await createTestDatabase('model');
    const dataSource = await new DataSource(dataSourceOptions({ url, entities: [], migrations: [] })).initialize();
    const world = new World(url, dataSource);
    await world.#outbox.onApplicationBootstrap();
    // This process only adds.
    await Queues.of(dataSource).boss.offWork(MODEL_QUEUE, { wait: true });
    world.#startDeliverer();
    return world;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#deliverer?.kill('SIGKILL')) await once(this.#deliverer, 'exit');
    await this.#outbox.onApplicationShutdown();
    await this.dataSource.destroy();
  }

  /** Adds events in a transaction, which `commits` or is undone. */
  async add(events: readonly ModelEvent[], commits: boolean): Promise<void> {
    const undone = new Error('undone');
    const added = this.dataSource.transaction(async (tx) => {
      await this.#outbox.add(tx, events);
      if (!commits) throw undone;
    });
    await added.catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  }

  /** The events that became dead letters. */
  readonly deadLetters = async (): Promise<number[]> => {
    const letters = await query<{ n: number }>(this.url, "SELECT (data ->> 'n')::int AS n FROM pgboss.job WHERE name = 'dead_letter'");
    return letters.map(({ n }) => n);
  };

  /** Waits until nothing waits for its delivery. Pauses before retries are cut short. */
  async calm(): Promise<void> {
    await eventually(async () => {
      await query(this.url, "UPDATE pgboss.job SET start_after = now() WHERE name = $1 AND state = 'retry'", [MODEL_QUEUE]);
      const waiting = await query(this.url, "SELECT FROM pgboss.job WHERE name = $1 AND state <= 'active'", [MODEL_QUEUE]);
      expect(waiting).toHaveLength(0);
    }, 20_000);
  }

  #startDeliverer(): void {
    const program = join(import.meta.dirname, 'outbox-deliverer.fixture.ts');
    const deliverer = fork(program, [this.url], { execArgv: ['--import', '@reputable/run'] });
    this.#deliverer = deliverer;
    deliverer.on('message', (delivery: Delivery) => {
      const code = this.#receive(deliverer, delivery);
      if (code !== undefined) deliverer.send({ code } satisfies Answer);
    });
    deliverer.once('exit', () => {
      if (!this.#isClosed) void this.#restart();
    });
  }

  /** After a kill: the timeout of its deliveries passes, and another process takes over. */
  async #restart(): Promise<void> {
    await query(this.url, "UPDATE pgboss.job SET started_on = started_on - interval '1 hour' WHERE state = 'active'");
    if (!this.#isClosed) this.#startDeliverer();
  }

  /** Returns the answer; undefined if the sender is killed. */
  #receive(deliverer: ChildProcess, { events }: Delivery): Answer['code'] | undefined {
    if (events.some(({ n }) => this.poison.has(n))) return Code.INVALID_ARGUMENT;
    const fault = this.faults.shift();
    if (fault === undefined || fault === 'answer lost' || fault === 'killed after')
      for (const { n } of events) this.received.set(n, (this.received.get(n) ?? 0) + 1);
    if (fault === undefined) return null;
    if (fault === 'outage' || fault === 'answer lost') return Code.UNAVAILABLE;
    deliverer.kill('SIGKILL');
    return undefined;
  }
}

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

type Command = fc.AsyncCommand<Model, World>;

const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);

/** Checks that everything committed has been received, and nothing else; what the receiver refuses has become a dead letter, once. */
async function expectAsPromised({ committed, poison, repeats }: Model, { received, deadLetters }: World): Promise<void> {
  expect(sorted(received.keys())).toEqual(sorted(committed).filter((n) => !poison.has(n)));
  expect([...received].filter(([, times]) => times > 1 + repeats)).toEqual([]);
  expect(sorted(await deadLetters())).toEqual(sorted(poison));
}

const command = (name: string, run: Command['run']): Command => ({ check: () => true, run, toString: () => name });

const add = (poisonous: readonly boolean[], commits: boolean) =>
  command(`${commits ? 'add' : 'undo'} ${JSON.stringify(poisonous)}`, async (model, real) => {
    const events = poisonous.map(() => ({ n: (model.events += 1) }));
    for (const [index, { n }] of events.entries()) {
      if (poisonous[index]) real.poison.add(n);
      if (!commits) continue;
      model.committed.add(n);
      if (poisonous[index]) model.poison.add(n);
    }
    await real.add(events, commits);
  });

const fail = (fault: Fault) =>
  command(fault, (model, real) => {
    if (fault !== 'outage') model.repeats += 1;
    real.faults.push(fault);
    return Promise.resolve();
  });

const calm = command('calm', async (model, real) => {
  await real.calm();
  await expectAsPromised(model, real);
});

const commands = fc.commands(
  [
    fc
      .array(
        fc.nat(4).map((n) => n === 0),
        { minLength: 1, maxLength: 6 },
      )
      .map((poisonous) => add(poisonous, true)),
    fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }).map((poisonous) => add(poisonous, false)),
    fc.constantFrom(...FAULTS).map(fail),
    fc.constant(calm),
  ],
  { maxCommands: 14, size: 'max' },
);

it('delivers each committed event at least once and no other, whatever fails and is killed between the steps', async () => {
  const model: Model = { committed: new Set(), poison: new Set(), repeats: 0, events: 0 };
  const isAsPromised = async (steps: Iterable<Command>) => {
    await fc.asyncModelRun(() => ({ model, real: world }), [...steps, calm]);
  };
  // The histories continue each other, so a smaller one does not repeat a failure.
  await fc.assert(fc.asyncProperty(commands, isAsPromised), { ...settings(3), endOnFailure: true });
});
