import { runCommand, UsageError } from '@reputable/cli';

const BENCHES: Readonly<Record<string, string>> = {
  verify: 'Measures the cost of verifying a cached token in a unary call',
  mtls: 'Measures the cost of mutual TLS and the check of callers in a unary call',
  rotate: 'Counts failed calls while certificates and the root are replaced (--seconds 60)',
  revoke: 'Measures the time until a revoked token is refused everywhere, under load',
  phantom: "Measures the gateway's cost of a cached opaque token, compared with a JWT",
  claims: "Measures the time until a vote changes its author's permissions, under load",
  storm: 'Measures the effect of 200 concurrent log-ins on other requests',
  gateway: 'Measures requests per second through the whole system',
};

const HELP = `npm run bench -- <name>

${Object.entries(BENCHES)
  .map(([name, what]) => `  ${name.padEnd(10)} ${what}`)
  .join('\n')}
`;

await runCommand({
  name: 'npm run bench',
  help: HELP,
  options: { seconds: { type: 'string' } },
  words: 1,
  run: async ({ seconds }, [name]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    if (!Object.hasOwn(BENCHES, name)) throw new UsageError(`Unknown benchmark: ${name}.`);
    if (seconds !== undefined && !(Number(seconds) > 0))
      throw new UsageError(`Invalid --seconds: ${seconds}. Pass a number greater than 0.`);
    const { run } = (await import(`./${name}.bench.ts`)) as { run: (options: { seconds?: number }) => Promise<void> };
    await run(seconds === undefined ? {} : { seconds: Number(seconds) });
  },
});
