import { expect, it } from '@jest/globals';
import { root } from '@reputable/run/build';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

it('replaces modules of the gateway by ones with the same exports', () => {
  const imports = ['@reputable/run', `${import.meta.dirname}/either-token.js`].flatMap((each) => ['--import', each]);
  const gateway = pathToFileURL(join(root, 'apps/gateway/src/app.module.ts')).href;
  const script = `await import(${JSON.stringify(gateway)}); console.log('imported');`;
  const args = [...imports, '--input-type=module', '--eval', script];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })).toBe('imported\n');
});
