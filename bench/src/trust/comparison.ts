import { FEW, insert } from '../rows.ts';
import { amountOf, type Extent, type Sample, sample, warmUp } from '../sample.ts';
import { connections, type Side } from '../side.ts';
import { undelivered } from '../storm/check.ts';
import { writtenBy } from '../usage.ts';
import { Hops } from './hops.ts';
import { Insider } from './insider.ts';
import { startTrustSystem, type TrustSystem } from './trust-system.ts';
import { WAYS, type Way } from './way.ts';
import { WORKLOADS, type Workload, Workloads } from './workload.ts';

/** The load of each request in each way before the first round, in seconds. */
const WARM_UP_SECONDS = 1;

/** The requests before each round, one by one: each user of a workload sends one. */
const FIRST_REQUESTS = 10;

/** The lengths of chains of services. */
const CHAINS = [1, 2, 4, 8] as const;

/** The hops of a round of a chain. */
const HOPS = 320;

/** The rounds of the chains for each round of the requests: they are short. */
const CHAIN_ROUNDS = 2;

/** One round of one request in one way. */
export interface TrustSample extends Sample {
  readonly callsToAuth: number;
  /** What all processes wrote for a request, to each other, to PostgreSQL and to the client, in bytes. */
  readonly bytes: number;
}

/** The samples of the requests, and of the chains. */
export interface Comparison {
  readonly requests: TrustSamples;
  readonly chains: ChainSamples;
}

/** The samples of each request in each way, by round. */
export type TrustSamples = Readonly<Record<Workload, Readonly<Record<Way, readonly TrustSample[]>>>>;

/** The CPU time of a call through a chain in each way by round, in microseconds, for each length of a chain. */
export type ChainSamples = readonly (readonly [hops: number, Readonly<Record<Way, readonly number[]>>])[];

/** What is measured. */
interface Subject {
  readonly system: TrustSystem;
  readonly workloads: Workloads;
}

/**
 * Measures all ways and requests in turn. The order of the ways changes each round.
 *
 * @param seconds the approximate length of a round
 */
export async function compareWays(rounds: number, seconds: number): Promise<Comparison> {
  const system = await startTrustSystem();
  try {
    await insert(system, FEW);
    const subject = { system, workloads: await Workloads.prepare(system) };
    return { requests: await compareRequests(subject, rounds, seconds), chains: await compareChains(subject, rounds * CHAIN_ROUNDS) };
  } finally {
    await system.stop();
  }
}

async function compareRequests(subject: Subject, rounds: number, seconds: number): Promise<TrustSamples> {
  const samples = Object.fromEntries(WORKLOADS.map((name) => [name, byWay<TrustSample>()])) as Record<Workload, Record<Way, TrustSample[]>>;
  const extents = new Map<string, Extent>();
  for (let round = -1; round < rounds; round += 1) {
    await subject.workloads.refresh();
    for (const workload of WORKLOADS) {
      for (const way of rotated(WAYS, round)) {
        const name = `${workload} ${way}`;
        const measured = await measure(subject, workload, way, extents.get(name) ?? { duration: WARM_UP_SECONDS });
        extents.set(name, amountOf(measured, seconds));
        if (round >= 0) samples[workload][way].push(measured);
      }
    }
  }
  return samples;
}

async function compareChains({ system, workloads }: Subject, rounds: number): Promise<ChainSamples> {
  const [person] = workloads.people;
  if (!person) return [];
  const [hops, insider] = [await Hops.start(system), await Insider.open(system, 'gateway')];
  try {
    const samples = CHAINS.map((length) => [length, byWay<number>()] as const);
    await person.refresh();
    for (let round = -CHAIN_ROUNDS; round < rounds; round += 1) {
      const credentials = new Map<Way, string>();
      for (const way of WAYS) credentials.set(way, await insider.seen(way, person));
      for (const [length, ofLength] of samples) {
        for (const way of rotated(WAYS, round)) {
          const measured = await hops.measure(credentials.get(way) ?? '', length, HOPS / length);
          if (round >= 0) ofLength[way].push(measured);
        }
      }
    }
    return samples;
  } finally {
    hops.stop();
    insider.close();
  }
}

async function measure({ system, workloads }: Subject, workload: Workload, way: Way, extent: Extent): Promise<TrustSample> {
  const isWrite = workload === 'vote' || workload === 'comment';
  const side: Side<Workload> = {
    request: (name) => workloads.request(name),
    processes: system.processes,
    connections: () => connections(system),
    settled: async () => isWrite && undelivered(system),
  };
  await system.use(way);
  await warmUp(side, workload, FIRST_REQUESTS);
  const pids = Object.values(system.processes).map(({ pid = NaN }) => pid);
  const before = { calls: await system.callsToAuth(), bytes: await writtenBy(pids) };
  const measured = await sample(side, workload, extent);
  return {
    ...measured,
    callsToAuth: ((await system.callsToAuth()) - before.calls) / measured.requests,
    bytes: ((await writtenBy(pids)) - before.bytes) / measured.requests,
  };
}

const byWay = <T>() => Object.fromEntries(WAYS.map((way) => [way, [] as T[]])) as Record<Way, T[]>;

const rotated = <T>(items: readonly T[], by: number): readonly T[] =>
  items.map((_, index) => items[(((index + by + 1) % items.length) + items.length) % items.length] as T);
