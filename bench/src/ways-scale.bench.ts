import { patiently, UsageError } from '@reputable/cli';
import { barChart } from './bar-chart.ts';
import { writeClaim } from './claim-page.ts';
import type { BenchOptions } from './options.ts';
import type { Axis, Duration } from './scale/axis.ts';
import { keys } from './scale/keys.ts';
import { posts } from './scale/posts.ts';
import { replicas } from './scale/replicas.ts';
import { revocations } from './scale/revocations.ts';
import { sessions } from './scale/sessions.ts';
import { CONNECTIONS, totalOf } from './sample.ts';
import { figure, table } from './table.ts';

/** The highest ratio that counts as flat. */
const FLAT = 1.2;

/** The quantities that grow, each in a system of its own. */
const AXES: Readonly<Record<string, (duration: Duration, write: boolean) => Promise<Axis>>> = {
  posts,
  sessions,
  revocations,
  replicas,
  keys,
};

/** Measures the cost of a request in our way while one quantity grows: all of them in turn, or the given one. */
export async function run({ axis, rounds = 5, seconds = 0.6, write = false }: BenchOptions): Promise<void> {
  const names = Object.keys(AXES);
  if (axis !== undefined && !names.includes(axis)) throw new UsageError(`Unknown axis: ${axis}. Pass one of ${names.join(', ')}.`);
  for (const name of axis === undefined ? names : [axis]) await measure(name, { rounds, seconds }, write);
}

async function measure(name: string, duration: Duration, write: boolean): Promise<void> {
  const result = await patiently(`Growing: ${name}`, AXES[name]?.(duration, write) ?? Promise.reject(new Error(name)));
  const text = [await pointTable(result), flatness(result), await furtherTable(result)].join('\n').trim();
  console.log(text);
  if (!write) return;
  const load = `${CONNECTIONS} connections; median of ${duration.rounds} rounds of about ${duration.seconds} s`;
  const alt = 'Bar chart of the CPU time of a request at each size. The table above has the figures.';
  const charts = [{ name: `ways-scale-${name}`, alt, svg: await chartOf(name, result) }];
  await writeClaim({ region: name, command: `ways-scale --axis ${name}`, load, text, charts });
}

/** The CPU time of each request at each size, and its ratio to the first size. */
function pointTable({ points }: Axis): Promise<string> {
  const [first] = points;
  const requests = Object.keys(first?.cpuUs ?? {});
  return table(
    ['CPU µs a request', ...requests.flatMap((request) => [request, 'ratio'])],
    points.map(({ size, cpuUs }) => [
      size,
      ...requests.flatMap((request) => {
        const [value, base] = [totalOf(cpuUs[request] ?? {}), totalOf(first?.cpuUs[request] ?? {})];
        const ratio = figure(value / base, 2);
        return [figure(value), value / base > FLAT ? `**${ratio}**` : ratio];
      }),
    ]),
  );
}

/** Whether each ratio is flat, and which are not. */
function flatness({ points }: Axis): string {
  const [first] = points;
  const over = points.flatMap(({ size, cpuUs }) =>
    Object.entries(cpuUs)
      .map(([request, ofRequest]) => ({ request, size, ratio: totalOf(ofRequest) / totalOf(first?.cpuUs[request] ?? {}) }))
      .filter(({ ratio }) => ratio > FLAT),
  );
  if (over.length === 0) return `Flat: no ratio is above ${figure(FLAT, 1)}.\n`;
  return `Not flat: ${over.map(({ request, size, ratio }) => `${request} with ${size}, ${figure(ratio, 2)}`).join('; ')}.\n`;
}

const furtherTable = ({ further }: Axis): Promise<string> => (further.length === 0 ? Promise.resolve('') : table(['', 'figure'], further));

function chartOf(name: string, { points }: Axis): Promise<string> {
  const bars = points.flatMap(({ size, cpuUs }) =>
    Object.entries(cpuUs).map(([request, ofRequest]) => ({ group: request, series: size, value: totalOf(ofRequest) })),
  );
  return barChart({ title: `CPU time of a request in all processes, µs: ${name}`, bars, format: figure });
}
