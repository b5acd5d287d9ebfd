import { runCommand, UsageError } from '@reputable/cli';
import { type BenchOptions, OPTIONS } from './options.ts';

const BENCHES: Readonly<Record<string, string>> = {
  floor: 'Compares requests, CPU time and memory with the same work without a framework (--rounds 5, --seconds 5, --posts 300000)',
  start: 'Measures the CPU time and the duration of a start, compared with a bare Nest service (--rounds 3)',
  memory: 'Measures memory when idle and after load, compared with a bare Nest service (--seconds 10)',
  profile: 'Shows in which packages the CPU time of a request goes, beside the floor (--seconds 10)',
  performance: 'Runs floor, start, memory and profile, and writes docs/performance.md and its chart',
  verify: 'Measures the cost of verifying a cached token in a unary call',
  traces:
    'Measures the cost of spans in a unary call and in the nested query: none, every tenth and all of them sampled (--rounds 20, --seconds 2)',
  mtls: 'Measures the cost of mutual TLS and the check of callers in a unary call',
  rotate: 'Counts failed calls while certificates and the root are replaced (--seconds 60)',
  rolling:
    'Counts failed requests while two replicas of everything are restarted in turn, with pauses (--restarts 20, --rate 200, --seconds 10)',
  ways: 'Compares trusting the network, asking auth on every call, and ours, also with Transaction Tokens: CPU time, calls to auth (--rounds 12, --seconds 0.4)',
  'ways-safety': 'Attacks each of these ways, and prints what got through',
  'ways-outage': 'Compares what these ways serve while auth is killed, slow, or partitioned from the services (--seconds 75)',
  'ways-scale':
    'Measures the cost of a request while one quantity grows (--axis posts, sessions, revocations, replicas or keys; all unless given)',
  scaling: 'Prints what larger systems need, by a model of the measured figures',
  signatures: 'Compares algorithms of signatures, and lengths of tokens (--rounds 9)',
  'transaction-tokens': 'Measures the parts of the cost of Transaction Tokens: the request, the signature, the verification (--rounds 9)',
  revoke: 'Measures the time until a revoked token is refused everywhere, under load',
  phantom: "Measures the gateway's cost of the cached credential of each way in, compared with a JWT",
  claims: "Measures the time until a vote changes its author's permissions, under load",
  outage: 'Measures the share of reads and votes that succeed while the user service or auth is down (--seconds 90)',
  'log-ins': 'Measures the effect of 200 concurrent log-ins on other requests',
};

const HELP = `npm run bench -- <name>

${Object.entries(BENCHES)
  .map(([name, what]) => `  ${name.padEnd(12)} ${what}`)
  .join('\n')}

  --write      also writes the result to its page: of rolling, traces, ways, ways-safety, ways-outage, ways-scale, signatures and scaling
`;

/** Parses the options. */
function numbersOf(values: Readonly<Record<string, string | undefined>>): BenchOptions {
  const given = OPTIONS.filter((name) => values[name] !== undefined);
  for (const name of given)
    if (!(Number(values[name]) > 0)) throw new UsageError(`Invalid --${name}: ${values[name] ?? ''}. Pass a number greater than 0.`);
  return Object.fromEntries(given.map((name) => [name, Number(values[name])]));
}

await runCommand({
  name: 'npm run bench',
  help: HELP,
  options: {
    ...{ seconds: { type: 'string' }, rounds: { type: 'string' }, posts: { type: 'string' } },
    ...{ restarts: { type: 'string' }, rate: { type: 'string' } },
    ...{ axis: { type: 'string' }, write: { type: 'boolean' } },
  },
  words: 1,
  run: async ({ axis, write, ...values }, [name]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    if (!Object.hasOwn(BENCHES, name)) throw new UsageError(`Unknown benchmark: ${name}.`);
    const options = { ...numbersOf(values), ...(axis !== undefined && { axis }), ...(write && { write }) };
    const { run } = (await import(`./${name}.bench.ts`)) as { run: (options: BenchOptions) => Promise<void> };
    await run(options);
    console.log(`It took ${(performance.now() / 60_000).toFixed(1)} minutes.`);
  },
});
