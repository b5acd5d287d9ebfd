import { SERVICES } from '@reputable/contracts/registry';
import { Person, startSystem, type System } from '@reputable/dev';
import assert from 'node:assert/strict';
import { startFloor } from './floor/floor.ts';
import type { Listing } from './listing.ts';
import { insert, type Rows } from './rows.ts';
import { type Sample, sample, warmUp } from './sample.ts';
import { floorSide, reputableSide, type Side } from './side.ts';
import { memoryOf } from './usage.ts';

const WARM_UP_SECONDS = 3;

/** A value for each side. */
export interface Pair<T> {
  readonly floor: T;
  readonly reputable: T;
}

/** The duration of a comparison. */
export interface Duration {
  readonly rounds: number;
  /** The length of a round. */
  readonly seconds: number;
}

/** The samples of each query, a pair for each round, and the memory of each process after the last one in MB. */
export interface Comparison {
  readonly samples: Readonly<Record<Listing, readonly Pair<Sample>[]>>;
  readonly memoryMb: Pair<Readonly<Record<string, number>>>;
}

/**
 * Compares Reputable with the floor on the same rows of the same databases. Measures after each insertion of rows.
 *
 * @throws {Error} if a request fails, or if the two respond differently
 */
export const compare = (insertions: readonly Rows[], duration: Duration): Promise<Comparison[]> =>
  withBothSides([], async (sides, system) => {
    const comparisons: Comparison[] = [];
    for (const rows of insertions) {
      await insert(system, rows);
      comparisons.push(await measure(sides, duration));
    }
    return comparisons;
  });

/** Starts Reputable and the floor on the same databases, and stops both when `work` has ended. @param nodeOptions options of Node for each process */
export async function withBothSides<T>(
  nodeOptions: readonly string[],
  work: (sides: Pair<Side>, system: System) => Promise<T>,
): Promise<T> {
  const system = await startSystem({ nodeOptions: Object.fromEntries(SERVICES.map((name) => [name, nodeOptions])) });
  try {
    const floor = await startFloor(system.databaseUrl, nodeOptions);
    try {
      const reader = await Person.join(system, 'Reader');
      return await work({ floor: floorSide(system, floor), reputable: reputableSide(system, reader) }, system);
    } finally {
      await floor.stop();
    }
  } finally {
    await system.stop();
  }
}

async function measure(sides: Pair<Side>, { rounds, seconds }: Duration): Promise<Comparison> {
  const samples: Record<Listing, Pair<Sample>[]> = { flat: [], nested: [] };
  for (const listing of ['flat', 'nested'] as const) {
    assert.deepEqual(await responseOf(sides.reputable, listing), await responseOf(sides.floor, listing));
    for (const side of [sides.floor, sides.reputable]) await warmUp(side, listing);
    await samplePair(sides, listing, Math.min(seconds, WARM_UP_SECONDS));
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const listing of ['flat', 'nested'] as const) samples[listing].push(await samplePair(sides, listing, seconds));
  }
  return { samples, memoryMb: { floor: await memoryOf(sides.floor.processes), reputable: await memoryOf(sides.reputable.processes) } };
}

async function samplePair({ floor, reputable }: Pair<Side>, listing: Listing, seconds: number): Promise<Pair<Sample>> {
  const extent = { duration: seconds };
  return { floor: await sample(floor, listing, extent), reputable: await sample(reputable, listing, extent) };
}

async function responseOf(side: Side, listing: Listing): Promise<unknown> {
  const { url, ...request } = await side.request(listing);
  return (await fetch(url, request as RequestInit)).json();
}
