import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { batch, single } from './typecheck.ts';

let root: string;
const files = {
  'good/tsconfig.json': '{}',
  'good/src/index.ts': 'export const two: number = 2;',
  'bad/tsconfig.json': '{}',
  'bad/src/index.ts': `import { two } from '../../good/src/index.js';\nexport const three: string = two;`,
};

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'reputable-batch-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

const context = (projectName?: string) =>
  ({
    root,
    projectName,
    projectsConfigurations: { projects: { good: { root: 'good' }, bad: { root: 'bad' } } },
  }) as unknown as ExecutorContext;

describe('a run for several projects', () => {
  it('gives each project its own result', async () => {
    const task = (project: string) => ({ id: `${project}:typecheck`, target: { project, target: 'typecheck' } });
    const graph = { tasks: { good: task('good'), bad: task('bad') } } as unknown as TaskGraph;
    const results: unknown[] = [];
    for await (const result of batch(graph, {}, {}, context())) results.push(result);
    expect(results).toEqual([
      { task: 'good:typecheck', result: { success: true, terminalOutput: '' } },
      {
        task: 'bad:typecheck',
        result: { success: false, terminalOutput: expect.stringMatching(/^bad\/src\/index\.ts\(2,14\): error TS2322: .*\n$/) },
      },
    ]);
  });

  it('has the same result for one project alone', async () => {
    expect(await single({}, context('good'))).toEqual({ success: true });
  });
});
