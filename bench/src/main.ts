import { runCommand, UsageError } from '@reputable/cli';

const BENCHES: Readonly<Record<string, string>> = {
  verify: 'what verifying a known token adds to a unary call',
  mtls: 'what mutual TLS and callers add to a unary call',
  rotate: 'whether a call fails while certificates and the root are replaced (--seconds 60)',
  revoke: 'how long it takes until a revoked token is refused everywhere, under load',
  phantom: 'what an opaque token that is known costs the gateway, against a JWT',
  claims: 'how long it takes until a vote shows in what the user may do, under load',
  storm: 'what 200 log-ins at once do to other requests',
  gateway: 'requests a second through the whole system',
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
    if (!Object.hasOwn(BENCHES, name)) throw new UsageError(`There is no bench "${name}".`);
    if (seconds !== undefined && !(Number(seconds) > 0)) throw new UsageError('--seconds is a number greater than 0.');
    const { run } = (await import(`./${name}.bench.ts`)) as { run: (options: { seconds?: number }) => Promise<void> };
    await run(seconds === undefined ? {} : { seconds: Number(seconds) });
  },
});
