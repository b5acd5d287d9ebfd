import { type ServiceName, SERVICES } from '@reputable/contracts/registry';
import { Person, startSystem, type System, type SystemOptions } from '@reputable/dev';
import type { StartedService } from '@reputable/dev/service-process';
import { pathToFileURL } from 'node:url';
import { PATIENT } from '@reputable/testing';
import { ask } from '../call-server.ts';
import type { ByProcess } from '../figures.ts';
import { FEW, insert } from '../rows.ts';

const HEAP = pathToFileURL(`${import.meta.dirname}/heap.js`).href;

/** A system in which one quantity grows. */
export interface ScaleSystem {
  readonly system: System;
  /** A user who is logged in. */
  readonly person: Person;
}

/** Runs `work` on a system with a few rows and one user. */
export async function withSystem<Result>(work: (scale: ScaleSystem) => Promise<Result>, options: SystemOptions = {}): Promise<Result> {
  const system = await startSystem({
    ...options,
    nodeOptions: Object.fromEntries(SERVICES.map((name) => [name, ['--import', HEAP]])),
    env: { all: { LOG_LEVEL: 'error', VOTES_PER_MINUTE: '0', ...PATIENT, ...options.env?.all } },
  });
  try {
    await insert(system, FEW);
    return await work({ system, person: await Person.join(system, 'Person') });
  } finally {
    await system.stop();
  }
}

/** The memory that each service needs, without garbage, in bytes. */
export async function heapsOf({ processes }: System): Promise<ByProcess> {
  const heapOf = async (name: ServiceName) => (await ask<{ heap: number }>((processes[name] as StartedService).child, { heap: true })).heap;
  return Object.fromEntries(await Promise.all(SERVICES.map(async (name) => [name, await heapOf(name)] as const)));
}

/** The difference of two figures of each process, divided. */
export const perEach = (before: ByProcess, after: ByProcess, count: number): ByProcess =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, (value - (before[name] ?? 0)) / count]));
