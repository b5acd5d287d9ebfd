import { CliError, runCommand, UsageError } from '@reputable/cli';
import { render } from './render.ts';
import type { Trace } from './trace.ts';

const HELP = `npm run traces
npm run traces -- <trace id>

Prints the last request to the system that npm start or npm run dev runs, as a tree of calls. Each call has the calling service, the user, the
checks and the decision. The log lines of a request have its trace id.

  --last <n>   prints the last n requests, the oldest first
  --json       prints JSON

Settings, from the environment:
  COLLECTOR_PORT     4318     port of the collector on this machine
`;

const BASE = `http://127.0.0.1:${process.env['COLLECTOR_PORT'] ?? '4318'}`;

/** @throws {CliError} if no collector runs */
async function read(path: string): Promise<Trace | { readonly traces: readonly Trace[] } | undefined> {
  const response = await fetch(`${BASE}${path}`).catch((error: unknown) => {
    throw new CliError(`No collector answers at ${BASE}. Run npm start first, or set COLLECTOR_PORT.`, { cause: error });
  });
  if (response.status === 404) return undefined;
  if (!response.ok)
    throw new CliError(
      `${BASE} answers with status ${String(response.status)}, so another program uses this port. Set COLLECTOR_PORT to the port of the collector.`,
    );
  return (await response.json()) as Trace | { readonly traces: readonly Trace[] };
}

async function wanted(id: string | undefined, last: string): Promise<readonly Trace[]> {
  if (!/^[1-9]\d{0,2}$/.test(last)) throw new UsageError('--last needs a number: 1 to 999.');
  if (id !== undefined && !/^[\da-f]{32}$/.test(id)) throw new UsageError(`Invalid trace id: ${id}. A trace id has 32 hexadecimal digits.`);
  const found = await read(id === undefined ? `/traces/latest?count=${last}` : `/traces/${id}`);
  if (!found) throw new CliError(`The collector has no trace ${id ?? ''}. It keeps the last 1,000 in memory.`);
  return 'traces' in found ? found.traces.toReversed() : [found];
}

await runCommand({
  name: 'npm run traces',
  help: HELP,
  options: { last: { type: 'string', default: '1' }, json: { type: 'boolean', default: false } },
  words: 1,
  run: async ({ last, json }, [id]) => {
    const traces = await wanted(id, last);
    if (traces.length === 0) throw new CliError('There are no traces yet. Send a request, then run this again.');
    const color = process.stdout.isTTY && process.stdout.hasColors();
    process.stdout.write(json ? `${JSON.stringify(traces, null, 2)}\n` : traces.map((trace) => render(trace, { color })).join('\n'));
  },
});
