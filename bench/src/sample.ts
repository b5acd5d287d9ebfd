import { load } from './load.ts';
import { quantile } from './quantile.ts';
import type { Side } from './side.ts';
import { usageOf } from './usage.ts';

/** The number of connections. */
export const CONNECTIONS = 20;

/** The name of PostgreSQL among the processes. */
export const POSTGRES = 'PostgreSQL';

/** The result of one round. */
export interface Sample {
  /** The number of requests. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly latenciesMs: readonly number[];
  /** The CPU time of a request by process, in microseconds. */
  readonly cpuUs: Readonly<Record<string, number>>;
}

/** The CPU time of all processes. */
export const totalOf = (cpuUs: Sample['cpuUs']): number => Object.values(cpuUs).reduce((sum, each) => sum + each, 0);

/** The CPU time of a request in all processes. */
export const cpuUsOf = ({ cpuUs }: Sample): number => totalOf(cpuUs);

/** A quantile of the response times of all samples, in milliseconds. */
export const latencyOf = (samples: readonly Sample[], part: number): number =>
  quantile(
    samples.flatMap(({ latenciesMs }) => latenciesMs),
    part,
  );

/** Sends requests one by one: the first ones are slow, and many at once would exceed their deadlines on a busy machine. */
export const warmUp = async <Name extends string>(side: Side<Name>, name: Name, amount = 30): Promise<unknown> =>
  load({ ...(await side.request(name)), connections: 1, amount });

/** The length of a load: in seconds, or in requests. A load of some seconds cuts off its last requests, which have a cost and no response. */
export type Extent = { readonly duration: number } | { readonly amount: number };

/** As many requests as take about so many seconds, after what a sample has shown. */
export const amountOf = ({ requestsPerSecond }: Sample, seconds: number): Extent => ({
  amount: Math.max(2 * CONNECTIONS, Math.round(requestsPerSecond * seconds)),
});

/** Puts a side under load. The CPU time is that until the work that the requests have left behind is done. */
export async function sample<Name extends string>(side: Side<Name>, name: Name, extent: Extent): Promise<Sample> {
  const options = await side.request(name);
  const before = await cpuOf(side);
  const { perSecond, latenciesMs } = await load({ ...options, connections: CONNECTIONS, ...extent });
  const requests = latenciesMs.length;
  await side.settled?.();
  const after = await cpuOf(side);
  const cpuUs: Record<string, number> = {};
  for (const [pid, { name, cpuMs }] of after) {
    const spentMs = cpuMs - (before.get(pid)?.cpuMs ?? 0);
    cpuUs[name] = (cpuUs[name] ?? 0) + (spentMs * 1000) / requests;
  }
  return { requests, requestsPerSecond: perSecond, latenciesMs, cpuUs };
}

/** The CPU time of a process so far. */
interface CpuTime {
  readonly name: string;
  readonly pid: number;
  readonly cpuMs: number;
}

/** The CPU time of each process of a side so far, by its id. */
async function cpuOf(side: Pick<Side, 'processes' | 'connections'>): Promise<ReadonlyMap<number, CpuTime>> {
  const processes = [
    ...Object.entries(side.processes).map(([name, { pid = NaN }]) => ({ name, pid })),
    ...(await side.connections()).map((pid) => ({ name: POSTGRES, pid })),
  ];
  // A connection can close meanwhile.
  const times = await Promise.allSettled(processes.map(async ({ name, pid }) => ({ name, pid, cpuMs: (await usageOf(pid)).cpuMs })));
  return new Map(times.flatMap((time) => (time.status === 'fulfilled' ? [[time.value.pid, time.value]] : [])));
}
