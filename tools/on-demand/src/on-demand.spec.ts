import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { INSTALLATION_TIMEOUT, onDemand } from './index.ts';

let cache: string;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'reputable-on-demand-'));
});
afterAll(async () => {
  await rm(cache, { recursive: true, force: true });
});

/** In a process of its own, as two commands would. */
const installBuf = () => {
  const script = `const { onDemand } = await import('@reputable/on-demand'); console.log(onDemand('buf', process.argv[1]))`;
  const args = ['--import', '@reputable/run', '--input-type=module', '--eval', script, cache];
  return promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
};

describe('a program on demand', () => {
  it(
    'is installed once by two processes at the same time',
    async () => {
      const results = await Promise.all([installBuf(), installBuf()]);
      const folders = new Set(results.map(({ stdout }) => stdout.trim()));
      expect([...folders]).toEqual([onDemand('buf', cache)]);
      expect(readdirSync(cache)).toHaveLength(1);
      expect(existsSync(join(onDemand('buf', cache), 'node_modules/@bufbuild/buf/bin/buf'))).toBe(true);
    },
    INSTALLATION_TIMEOUT,
  );
});
