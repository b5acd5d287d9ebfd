import { parseArgs } from 'node:util';

const BENCHES = {
  verify: 'what verifying a known token adds to a unary call',
  mtls: 'what mutual TLS and callers add to a unary call',
  rotate: 'whether a call fails while certificates and the root are replaced (--seconds 60)',
  revoke: 'how long it takes until a revoked token is refused everywhere, under load',
  storm: 'what 200 log-ins at once do to other requests',
  gateway: 'requests a second through the whole system',
} as const;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, seconds: { type: 'string' } },
});
const [name = ''] = positionals;
if (name in BENCHES) {
  const { run } = (await import(`./${name}.bench.ts`)) as { run: (options: { seconds?: number }) => Promise<void> };
  await run(values.seconds === undefined ? {} : { seconds: Number(values.seconds) });
} else {
  console.log('npm run bench -- <name>\n');
  for (const [key, what] of Object.entries(BENCHES)) console.log(`  ${key.padEnd(10)} ${what}`);
}
