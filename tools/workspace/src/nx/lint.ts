import { ESLint } from 'eslint';
import { spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { executor, isIn, type Problems, type Project } from './batch.ts';

/** Runs ESLint, where a warning counts as an error, then Prettier, then the check for cycles inside an app or a library. */
async function lint(projects: readonly Project[], root: string): Promise<Problems> {
  const folders = projects.map(({ folder }) => folder);
  const eslint = new ESLint({ cwd: root });
  const results = await eslint.lintFiles(folders);
  const formatter = await eslint.loadFormatter('stylish');
  const unformatted = linesOf(root, 'prettier/bin/prettier.cjs', ['--list-different', ...folders]);
  const cycles = cyclesIn(folders, root);
  const problems = projects.map(async (project) => {
    const own = results.filter(({ filePath }) => isIn(project, relative(root, filePath)));
    const advice = unformatted
      .filter((file) => isIn(project, file))
      .map((file) => `${file} is not formatted. Run npx prettier --write ${file}\n`);
    const ownCycles = cycles.filter((cycle) => isIn(project, cycle.replace(/^\S+: /, ''))).map((cycle) => `${cycle}\n`);
    return [project.name, [await formatter.format(own), ...advice, ...ownCycles].join('')] as const;
  });
  return new Map(await Promise.all(problems));
}

/** The cycles, one a line: `file-cycle: libs/auth/src/a.ts → libs/auth/src/b.ts → libs/auth/src/a.ts`. */
function cyclesIn(folders: readonly string[], root: string): readonly string[] {
  const checked = folders.filter((folder) => /^(apps|libs)\//.test(folder));
  if (checked.length === 0) return [];
  const reporter = ['--output-type', 'plugin:@reputable/workspace/cycle-reporter'];
  return linesOf(root, 'dependency-cruiser/bin/dependency-cruiser.mjs', [...reporter, ...checked]);
}

/** The lines that a program prints. With exit code 1 and a line it found problems; otherwise it failed, as dependency-cruiser does on an old Node.js. */
function linesOf(root: string, program: string, args: readonly string[]): readonly string[] {
  const path = join(root, 'node_modules', program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { cwd: root, encoding: 'utf8' });
  if (status !== 0 && !(status === 1 && stdout !== '')) throw new Error(`${program} failed:\n${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

export const { single, batch } = executor(lint);
