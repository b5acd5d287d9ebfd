import { parseArgs } from 'node:util';

const BENCHES = {
  verify: 'what verifying a known token adds to a unary call',
  mtls: 'what mutual TLS and callers add to a unary call',
  gateway: 'requests a second through the whole system',
} as const;

const { positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } });
const [name = ''] = positionals;
if (name in BENCHES) {
  const { run } = (await import(`./${name}.bench.ts`)) as { run: () => Promise<void> };
  await run();
} else {
  console.log('npm run bench -- <name>\n');
  for (const [key, what] of Object.entries(BENCHES)) console.log(`  ${key.padEnd(10)} ${what}`);
}
