import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Generates the code of the contract, then the files that derive from the registry, the links of the docs, and the base for Kustomize. */
export function regenerate(root: string): void {
  run(root, 'tools/proto/src/main.ts');
  run(root, 'tools/docs/src/main.ts');
  try {
    run(root, 'tools/chart/src/main.ts');
  } catch (error) {
    // If Helm is missing, only the base for Kustomize is not current.
    console.warn(`deploy/kustomize/base is not current. Run npm run kustomize later.\n${(error as Error).message}`);
  }
}

/** Makes the link that `npm install` would make in node_modules. */
export function link(root: string, name: string): void {
  const path = linkOf(root, name);
  unlink(root, name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join('../../apps', name), path);
}

export function unlink(root: string, name: string): void {
  const path = linkOf(root, name);
  if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path);
}

/** Deletes the files that git ignores in folders that were removed. */
export function sweep(root: string, folders: readonly string[]): void {
  for (const folder of folders) if (existsSync(join(root, folder))) rmSync(join(root, folder), { recursive: true });
}

const linkOf = (root: string, name: string) => join(root, 'node_modules/@reputable', name);

function run(root: string, program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, ['--import', '@reputable/run', program, ...args], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`node --import @reputable/run ${[program, ...args].join(' ')} failed:\n${stderr}`);
}
