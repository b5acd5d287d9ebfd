import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf } from '../usage.ts';
import { quantile } from '../quantile.ts';
import { checkPromises } from './check.ts';
import { Crowd } from './crowd.ts';
import type { Storm } from './report.ts';

const MEMBERS = 30;

/** The time in which memory may grow, in minutes: the JIT compiler, caches and pools fill up. */
const WARM_UP_MIN = 10;

/** The highest acceptable ratio of the memory of the last minutes to that after the warm-up. */
const MAX_GROWTH = 1.15;

/** The memory of each process at the end of a minute, in MB. */
type Memory = Readonly<Record<string, number>>;

/** Sends requests at a steady rate without any fault. None may fail, and memory must not grow. */
export const run: Storm['run'] = async (world, { minutes, rate }) => {
  const crowd = await Crowd.join(world, MEMBERS);
  crowd.start(rate);
  const memories: Memory[] = [];
  while (memories.length < minutes) {
    await sleep(60_000);
    const memory = await memoryOf(world.system.processes);
    memories.push(memory);
    const texts = Object.entries(memory).map(([name, mb]) => `${name} ${mb.toFixed(0)}`);
    process.stderr.write(`  minute ${String(memories.length)}: ${String(crowd.ledger.failedCount)} failures; MB: ${texts.join(', ')}\n`);
  }
  await crowd.stop();
  const { ledger } = crowd;
  const failures = ledger.failedCount;
  const { rows, faults } = await checkPromises(world, crowd);
  const isCompared = memories.length > WARM_UP_MIN + 5;
  const grown = isCompared ? growths(memories.slice(WARM_UP_MIN - 1)) : [];
  return {
    rows: [
      ['minutes', minutes],
      ['requests a second', (ledger.durations.length / minutes / 60).toFixed(0)],
      ['p50, ms', quantile(ledger.durations, 0.5).toFixed(1)],
      ['p99, ms', quantile(ledger.durations, 0.99).toFixed(1)],
      ...Object.keys(memories[0] ?? {}).map(
        (name) => [`memory of ${name}, MB, at minute 1, 10 and the last`, course(memories, name)] as const,
      ),
      ['growth of the memory after the warm-up', isCompared ? 'checked' : `not checked: this needs ${String(WARM_UP_MIN + 6)} minutes`],
      ...rows,
    ],
    faults: [
      ...(failures > 0 ? [`${String(failures)} requests failed.`] : []),
      ...grown.map(([name, ratio]) => `The memory of ${name} grew to ${ratio.toFixed(2)} times that after the warm-up.`),
      ...faults,
    ],
  };
};

const course = (memories: readonly Memory[], name: string) =>
  [memories[0], memories[WARM_UP_MIN - 1], memories.at(-1)].map((memory) => memory?.[name]?.toFixed(0) ?? '–').join(', ');

/** The processes whose memory grew too much: compares the medians of the first and of the last five minutes. */
function growths(memories: readonly Memory[]): (readonly [string, number])[] {
  const median = (some: readonly Memory[], name: string) =>
    quantile(
      some.map((memory) => memory[name] ?? NaN),
      0.5,
    );
  const ratios = Object.keys(memories[0] ?? {}).map(
    (name) => [name, median(memories.slice(-5), name) / median(memories.slice(0, 5), name)] as const,
  );
  return ratios.filter(([, ratio]) => !(ratio <= MAX_GROWTH));
}
