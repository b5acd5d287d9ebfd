import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './manifest.ts';

const DEPCRUISE = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const REPORTER = 'plugin:@reputable/workspace/cycle-reporter';

/** Runs the rule against cycles on a workspace that consists of these files. */
function lint(files: Readonly<Record<string, string>>) {
  const workspace = mkdtempSync(join(tmpdir(), 'cycles-'));
  try {
    for (const [file, code] of Object.entries({ 'apps/empty/src/main.ts': '', 'libs/empty/src/index.ts': '', ...files })) {
      mkdirSync(dirname(join(workspace, file)), { recursive: true });
      writeFileSync(join(workspace, file), code);
    }
    const args = ['--config', join(root, '.dependency-cruiser.js'), '--output-type', REPORTER, 'apps', 'libs'];
    const { stdout, status } = spawnSync(process.execPath, [DEPCRUISE, ...args], { cwd: workspace, encoding: 'utf8' });
    return { lines: stdout.split('\n').filter((line) => line !== ''), status };
  } finally {
    rmSync(workspace, { recursive: true });
  }
}

describe('lint', () => {
  it('refuses a cycle of folders, even of types alone', () => {
    const { lines, status } = lint({
      'apps/post/src/one/a.ts': `import type { B } from '../two/b.ts';\nexport type A = B;`,
      'apps/post/src/one/d.ts': 'export const d = 1;',
      'apps/post/src/two/b.ts': 'export type B = number;',
      'apps/post/src/two/c.ts': `export { d } from '../one/d.ts';`,
    });
    expect(lines).toEqual([expect.stringMatching(/^folder-cycle: (apps\/post\/src\/(one|two)( → |$)){3}/)]);
    expect(status).toBe(1);
  });

  it('refuses a cycle of files in a folder', () => {
    const { lines, status } = lint({
      'libs/auth/src/a.ts': `import type { B } from './b.ts';\nexport type A = B;`,
      'libs/auth/src/b.ts': `import type { A } from './a.ts';\nexport type B = A[];`,
    });
    expect(lines).toEqual([expect.stringMatching(/^file-cycle: (libs\/auth\/src\/[ab]\.ts( → |$)){3}/)]);
    expect(status).toBe(1);
  });

  it('refuses a folder that imports the folder it is in', () => {
    const { lines, status } = lint({
      'apps/post/src/app.module.ts': `import './post/post.module.ts';`,
      'apps/post/src/post/post.module.ts': `import '../config.ts';`,
      'apps/post/src/config.ts': 'export const port = 1;',
    });
    expect(lines).toEqual(['parent-import: apps/post/src/post/post.module.ts → apps/post/src/config.ts']);
    expect(status).toBe(1);
  });

  it('accepts a cycle that only a spec closes, and says nothing', () => {
    const result = lint({
      'apps/post/src/one/a.ts': `export { b } from '../two/b.ts';`,
      'apps/post/src/two/b.ts': 'export const b = 1;',
      'apps/post/src/two/b.spec.ts': `import '../one/a.ts';`,
    });
    expect(result).toEqual({ lines: [], status: 0 });
  });
});
