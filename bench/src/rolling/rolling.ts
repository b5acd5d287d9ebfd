import { eventually } from '@reputable/cli';
import { SERVICES } from '@reputable/contracts';
import { formatLine, Person, type ReplicaName, serviceOf, startSystem, type System } from '@reputable/dev';
import { query } from '@reputable/postgres';
import { setTimeout as sleep } from 'node:timers/promises';
import { Front } from './front.ts';
import { Gateways } from './gateways.ts';
import { Ledger } from './ledger.ts';
import { Load, type Reader } from './load.ts';

/** The replicas of each service. */
const REPLICAS = 2;

/** The number of users. */
const USERS = 8;

/** How long to try again to create a user, in milliseconds. */
const PATIENCE_MS = 30_000;

/** The age of access tokens at which they are refreshed, in milliseconds. */
const TOKEN_AGE_MS = 120_000;

/** The time of the load before it counts, in milliseconds: processes that have just started are slow. */
const WARM_UP_MS = 10_000;

/** A part of a rolling restart. */
export interface Step {
  /** The replicas to restart at once. */
  readonly replicas: (system: System) => readonly ReplicaName[];
  /** Happens at the same time. */
  readonly meanwhile?: (system: System) => Promise<unknown>;
}

/**
 * Runs two replicas of everything, restarts them step by step under a load, and returns the outcomes of all requests. A restart is SIGTERM, the
 * end of the process, and a new one that is ready.
 *
 * @param rate requests per second
 * @param pauseMs the time before each step, in milliseconds: a process that has just started is slow
 */
export async function roll(
  steps: readonly Step[],
  rate: number,
  pauseMs: number,
  log: (line: string) => void = () => undefined,
): Promise<Ledger> {
  const front = await Front.start();
  const system = await startSystem({
    log: (source, line) => {
      if (/"level":[456]0/.test(line) || source === 'launcher') log(formatLine(source, line));
    },
    replicas: Object.fromEntries(SERVICES.map((name) => [name, REPLICAS])),
    // A few users cast all votes.
    env: { all: { JWKS_URI: `${front.url}/.well-known/jwks.json`, VOTES_PER_MINUTE: '0' } },
  });
  try {
    front.ports = httpPortsOf(system, 'auth');
    return await underLoad(system, rate, async (readers) => {
      let refreshed = performance.now();
      for (const { replicas, meanwhile } of steps) {
        await sleep(pauseMs);
        if (performance.now() - refreshed > TOKEN_AGE_MS) {
          await Promise.all(readers.map(({ person }) => person.refresh()));
          refreshed = performance.now();
        }
        await Promise.all([...replicas(system).map((replica) => system.restart(replica)), meanwhile?.(system)]);
      }
    });
  } finally {
    await system.stop();
    front.stop();
  }
}

async function underLoad(system: System, rate: number, work: (readers: readonly Reader[]) => Promise<void>): Promise<Ledger> {
  const readers = await createReaders(system);
  const ledger = new Ledger();
  const gateways = new Gateways(httpPortsOf(system, 'gateway'));
  const comments = () => countComments(system.databaseUrl('comment'));
  try {
    const warmUp = new Load(gateways, readers, new Ledger(), rate);
    await sleep(WARM_UP_MS);
    await warmUp.stop();
    const earlier = await comments();
    const load = new Load(gateways, readers, ledger, rate);
    try {
      await work(readers);
    } finally {
      await load.stop();
    }
    ledger.storedComments = (await comments()) - earlier;
  } finally {
    await gateways.close();
  }
  return ledger;
}

/** Users who each know a post of another one. */
async function createReaders(system: System): Promise<readonly Reader[]> {
  const people: Person[] = [];
  const postIds: string[] = [];
  // Services that have just started are slow.
  for (let n = 0; n < USERS; n += 1) {
    const person = await eventually(() => Person.join(system, `Person ${String(n)}`, { upvotes: 10 }), PATIENCE_MS);
    people.push(person);
    postIds.push(await eventually(() => person.write('A post', 'Read during restarts'), PATIENCE_MS));
  }
  return people.map((person, n) => ({ person, postId: postIds[(n + 1) % USERS] ?? '' }));
}

const httpPortsOf = (system: System, service: string) =>
  system.replicas.filter((replica) => serviceOf(replica) === service).map((replica) => system.processes[replica]?.ports.http ?? 0);

async function countComments(databaseUrl: string): Promise<number> {
  const [row] = await query<{ count: string }>(databaseUrl, 'SELECT count(*) FROM comment');
  return Number(row?.count);
}
