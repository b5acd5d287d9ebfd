import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

it('replaces modules of the gateway by ones with the same exports', () => {
  const imports = ['@reputable/run', `${import.meta.dirname}/either-token.js`].flatMap((each) => ['--import', each]);
  const gateway = pathToFileURL(`${import.meta.dirname}/../../apps/gateway/src/app.module.ts`).href;
  const script = `await import(${JSON.stringify(gateway)}); console.log('imported');`;
  const args = [...imports, '--input-type=module', '--eval', script];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })).toBe('imported\n');
});
