/**
 * Builds the projects whose sources have changed. Nx takes a second to find out that none has, so this module first compares the times and sizes
 * of the files with those of the last build.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const SOURCES = ['apps', 'libs', 'tools', 'package-lock.json', 'tsconfig.base.json'];
const NO_SOURCE = /^(node_modules|dist|coverage|fixture|.*\.spec\.ts)$/;

/** The folder of the workspace. */
export const root = join(import.meta.dirname, '../..');
/** The folder in which Node caches compiled modules. */
export const compileCache = join(root, 'node_modules/.cache/compile');
const dist = join(root, 'dist');
const stamp = join(dist, 'stamp');

/** Builds the projects that have changed since the last build. Throws the errors of the compiler. */
export function ensureBuilt() {
  const sources = digest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  rmSync(stamp, { force: true });
  runNx();
  link();
  writeFileSync(stamp, sources);
}

/** A digest of the path, time and size of every file that Nx builds from. */
function digest() {
  const hash = createHash('sha256');
  const add = (path) => {
    const stats = statSync(path);
    if (!stats.isDirectory()) return hash.update(`${path}\0${stats.mtimeMs}\0${stats.size}\0`);
    for (const name of readdirSync(path).sort()) if (!NO_SOURCE.test(name)) add(join(path, name));
  };
  for (const name of SOURCES) add(join(root, name));
  return hash.digest('hex');
}

function runNx() {
  const nx = join(root, 'node_modules/.bin/nx');
  // Inside a task of Nx, its variables would describe that task.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^NX_(?!SKIP_NX_CACHE)/.test(name)));
  const { status, stdout, stderr } = spawnSync(process.execPath, [nx, 'run-many', '--targets=build', '--outputStyle=static'], {
    cwd: root,
    env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stripVTControlCharacters(`The build failed.\n${stdout}${stderr}`));
}

/** Lets the built packages find each other, and the packages that npm has installed for one project alone. */
function link() {
  for (const file of globSync('{apps,libs,tools}/*/package.json', { cwd: dist })) {
    const { name } = JSON.parse(readFileSync(join(dist, file), 'utf8'));
    point(join(dist, 'node_modules', name), join(dist, dirname(file)));
    const modules = join(dirname(file), 'node_modules');
    if (existsSync(join(root, modules))) point(join(dist, modules), join(root, modules));
  }
}

function point(path, target) {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(relative(dirname(path), target), path, 'junction');
}
