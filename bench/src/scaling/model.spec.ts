import { describe, expect, it } from '@jest/globals';
import { SERVICES } from '@reputable/contracts/registry';
import type { Figures } from '../figures.ts';
import { POSTGRES } from '../sample.ts';
import { WORKLOADS } from '../trust/workload.ts';
import { limitsOf } from './limits.ts';
import { ASSUMED, needOf } from './model.ts';

const all = <T>(value: T) => Object.fromEntries([...SERVICES, POSTGRES].map((name) => [name, value]));
const ofEachRequest = (value: number) =>
  Object.fromEntries(WORKLOADS.map((name) => [name, value])) as Record<(typeof WORKLOADS)[number], number>;

/** Round figures: 600 µs a request in each process, 600 µs more for the first of a session. */
const FIGURES: Figures = {
  ways: { cpuUs: all(ofEachRequest(600)), bytes: ofEachRequest(1_000) },
  posts: { memoryMb: all(100), rowBytes: { profile: 100, post: 100, comment: 100 } },
  sessions: { exchangeCpuUs: all(600), bytes: all(1_000), rowBytes: 500 },
  revocations: { bytes: all(100), cpuUs: all(40), messageBytes: 64, catchUpMs: 100 },
  replicas: { connections: 16 },
};

describe('the model', () => {
  it('assumes shares of requests that make a whole', () => {
    expect(Object.values(ASSUMED.mix).reduce((sum, each) => sum + each, 0)).toBeCloseTo(1);
  });

  it('needs one process of each service for a small load', () => {
    const { replicas, cores } = needOf(FIGURES, 1, true);
    expect(replicas).toEqual(Object.fromEntries(SERVICES.map((name) => [name, 1])));
    // A quarter of the requests renew their token.
    expect(cores.gateway).toBeCloseTo(0.00075, 6);
  });

  it('exchanges the token of every request if many gateways share the sessions', () => {
    expect(needOf(FIGURES, 10_000, false).exchanges).toBeCloseTo(10_000);
    expect(needOf(FIGURES, 10_000, true).exchanges).toBeCloseTo(10_000 / 4);
  });

  it('needs cores in proportion to the load', () => {
    const [small, large] = [needOf(FIGURES, 1_000, true), needOf(FIGURES, 10_000, true)];
    expect((large.cores.gateway ?? NaN) / (small.cores.gateway ?? NaN)).toBeCloseTo(10);
    expect(large.storageGb / small.storageGb).toBeCloseTo(10);
  });

  it('names what is full in the order of the load', () => {
    const limits = limitsOf(FIGURES);
    expect(limits.map(({ at }) => at)).toEqual(limits.map(({ at }) => at).toSorted((one, other) => one - other));
    expect(limits.every(({ at }) => at > 0 && Number.isFinite(at))).toBe(true);
    // 600 µs a request, and 60 % of a core.
    expect(limits.find(({ what }) => what === 'one process of gateway')?.at).toBeCloseTo(1_000);
  });
});
