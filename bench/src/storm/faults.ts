import { eventually } from '@reputable/cli';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkPromises } from './check.ts';
import { Crowd } from './crowd.ts';
import { READ } from './member.ts';
import type { Report, StormOptions } from './report.ts';
import type { StormWorld, Target } from './storm-world.ts';

/** The number of members. */
const MEMBERS = 12;

/** The time in which a read through all services must succeed after a fault, in milliseconds. */
const RECOVERY_MS = 60_000;

/** How a storm causes its faults. */
export interface Faults {
  /** The name of a fault, in the plural. */
  readonly name: string;
  readonly targets: readonly Target[];
  /** The number of processes that can have a fault at the same time. */
  readonly atOnce: number;
  /** The longest pause after a fault, in milliseconds. */
  readonly maxGapMs: number;
  /** Causes a fault. Resolves after its end. */
  readonly cause: (target: Target) => Promise<void>;
}

/** Causes faults at random moments, while members use the system, and compares the databases with their ledger. */
export async function causeFaults(world: StormWorld, faults: Faults, { count, rate }: StormOptions): Promise<Report> {
  const crowd = await Crowd.join(world, MEMBERS);
  crowd.start(rate);
  const caused = await causeAll(world, crowd, faults, count).finally(() => crowd.stop());
  const { rows, faults: broken } = await checkPromises(world, crowd);
  const counts = [...Map.groupBy(caused, ({ target }) => target)].map(([target, each]) => `${target} ${String(each.length)}`);
  const slowest = Math.max(...caused.map(({ recoveryMs }) => recoveryMs));
  return {
    rows: [
      [faults.name, count],
      [`${faults.name} by process`, counts.toSorted().join(', ')],
      ['longest time from the end of a fault to a read through all services, s', (slowest / 1000).toFixed(1)],
      ...rows,
    ],
    faults: broken,
  };
}

/** A fault, and the time from its end to the next read through all services. */
interface Caused {
  readonly target: Target;
  readonly recoveryMs: number;
}

async function causeAll({ random }: StormWorld, { members, ledger }: Crowd, faults: Faults, count: number): Promise<Caused[]> {
  const caused: Caused[] = [];
  const busy = new Set<Target>();
  let left = count;
  const worker = async () => {
    await sleep(random.between(0, faults.maxGapMs));
    while (left > 0) {
      left -= 1;
      const target = random.of(faults.targets.filter((each) => !busy.has(each)));
      busy.add(target);
      await faults.cause(target);
      busy.delete(target);
      const ended = performance.now();
      const read = () => random.of(members).person.ask(READ);
      await eventually(read, RECOVERY_MS).catch((error: unknown) =>
        ledger.faults.push(`No recovery after a fault of ${target}: ${String(error)}`),
      );
      caused.push({ target, recoveryMs: performance.now() - ended });
      if (caused.length % 25 === 0) process.stderr.write(`  ${String(caused.length)} of ${String(count)} ${faults.name}\n`);
      await sleep(random.between(0, faults.maxGapMs));
    }
  };
  await Promise.all(Array.from({ length: faults.atOnce }, worker));
  return caused;
}
