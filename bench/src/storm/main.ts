import { runCommand, UsageError } from '@reputable/cli';
import { randomInt } from 'node:crypto';
import { writeFigures } from './figures.ts';
import type { Report, Storm, StormOptions } from './report.ts';
import { StormWorld } from './storm-world.ts';

/** The storms, with the default of --count. */
const STORMS: Readonly<Record<string, { readonly what: string; readonly count: number }>> = {
  kills: { what: 'Kills services and crashes PostgreSQL at random moments', count: 50 },
  stalls: { what: 'Stops services and PostgreSQL by SIGSTOP for 1 to 20 seconds', count: 10 },
  outages: { what: 'Keeps services down for 5 to 60 seconds', count: 5 },
  slow: { what: 'Opens connections of slow clients, which send parts of requests', count: 2_000 },
  growth: { what: 'Counts the rows that each action leaves in the databases', count: 200 },
  soak: { what: 'Sends requests without a fault (--minutes 60), and measures memory', count: 0 },
  refreshes: { what: 'Loses answers to refreshes, and uses refresh tokens again too late', count: 1_000 },
};

const HELP = `npm run storm -- <name>

Starts a system of its own, causes faults, and compares the databases with the answers to the clients. Exits with code 1 if a promise
of docs/reliability.md is broken.

${Object.entries(STORMS)
  .map(([name, { what, count }]) => `  ${name.padEnd(12)} ${what}${count > 0 ? ` (--count ${String(count)})` : ''}`)
  .join('\n')}

Rolling restarts are a benchmark: npm run bench -- rolling

  --count <n>    the number of faults, clients, actions or lost answers
  --rate <n>     requests a second of the members: 50, or 150 for soak
  --minutes <n>  the duration of soak
  --seed <n>     repeats the random choices of another run; the moments still differ
  --write        writes the figures to docs/reliability.md
`;

const OPTIONS = { count: { type: 'string' }, rate: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } } as const;

let open: StormWorld | undefined;

// Stalled processes would never end by themselves.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void Promise.resolve(open?.close()).finally(() => process.exit(130)));

await runCommand({
  name: 'npm run storm',
  help: HELP,
  options: { ...OPTIONS, write: { type: 'boolean', default: false } },
  words: 1,
  run: async ({ write, ...values }, [name]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    const known = Object.hasOwn(STORMS, name) ? STORMS[name] : undefined;
    if (!known) throw new UsageError(`Unknown storm: ${name}.`);
    const options: StormOptions = {
      count: numberOf(values, 'count') ?? known.count,
      minutes: numberOf(values, 'minutes') ?? 60,
      rate: numberOf(values, 'rate') ?? (name === 'soak' ? 150 : 50),
    };
    const seed = numberOf(values, 'seed') ?? randomInt(1, 2 ** 31);
    console.log(`${name}, seed ${String(seed)}`);
    const report = await runStorm(name, seed, options);
    print(report);
    if (write) await writeFigures(name, seed, report);
    if (report.faults.length > 0) process.exitCode = 1;
  },
});

async function runStorm(name: string, seed: number, options: StormOptions): Promise<Report> {
  const { run, refreshRetryS } = (await import(`./${name}.storm.ts`)) as Storm;
  const world = await StormWorld.open({ seed, refreshRetryS });
  open = world;
  return run(world, options).finally(() => world.close());
}

function print({ rows, faults }: Report): void {
  for (const [label, value] of rows) console.log(`  ${String(value).padStart(8)}  ${label}`);
  for (const fault of faults.slice(0, 20)) console.log(`  BROKEN: ${fault}`);
}

function numberOf(values: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const { [name]: text } = values;
  if (text === undefined) return undefined;
  if (!(Number(text) > 0)) throw new UsageError(`Invalid --${name}: ${text}. Pass a number greater than 0.`);
  return Number(text);
}
