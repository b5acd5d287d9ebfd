import { existsSync, globSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compile } from './compile.ts';
import { declare } from './declarations.ts';
import { BuildError } from './error.ts';
import { builtManifest } from './manifest.ts';
import { findProject, type Manifest, type Project, readProjects, selectProjects } from './project.ts';

export interface BuildOptions {
  /** The folder of the whole workspace. */
  readonly root: string;
  /** By folder, by package or by their name in Nx. */
  readonly projects: readonly string[];
  /** Where to put them: `<out>/apps/post`, `<out>/libs/auth`. */
  readonly out: string;
  /** Whether libraries are for others to install: with types, and not private. */
  readonly types?: boolean;
  /** Whether to put a workspace around them, so that `npm install --omit=dev` there installs what they need, and no more. */
  readonly workspace?: boolean;
  /** Told what is done, as it is done. */
  readonly log?: (line: string) => void;
}

/**
 * Compiles projects, and those of the workspace that they need, to packages of plain JavaScript, without tests.
 *
 * @returns the folders of the packages, relative to `out`
 * @throws {BuildError} in one line
 */
export async function build(options: BuildOptions): Promise<readonly string[]> {
  const { root, types = false, workspace = false, log = () => undefined } = options;
  const out = resolve(options.out);
  const projects = selectProjects(readProjects(root), options.projects);
  if (out === resolve(root)) throw new BuildError('--out is the workspace itself: name another folder, such as dist.');
  for (const project of projects) {
    await write(root, project, join(out, project.folder), types && isLibrary(project));
    log(`Built ${join(options.out, project.folder)}.`);
  }
  const libraries = projects.filter(isLibrary).map(({ folder }) => folder);
  if (types && libraries.length > 0) {
    log('Writing types …');
    await declare(root, libraries, out);
  }
  if (workspace) await surround(root, projects, findProject(projects, options.projects[0] ?? ''), out);
  return projects.map(({ folder }) => folder);
}

/** The contract is a part of the library that is generated from it: others import our options in theirs. */
const CONTRACT = { folder: 'libs/contracts', files: 'proto/**/*.proto' };

const isLibrary = ({ folder }: Project) => folder.startsWith('libs/');

async function write(root: string, { folder, manifest }: Project, target: string, published: boolean): Promise<void> {
  // What was built before and is gone since must not stay.
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await compile(root, folder, target);
  await writeFile(join(target, 'package.json'), `${JSON.stringify(builtManifest(manifest, { published }), null, 2)}\n`);
  await copyFile(join(root, 'LICENSE'), join(target, 'LICENSE'));
  const readme = join(root, folder, 'README.md');
  if (existsSync(readme)) await copyFile(readme, join(target, 'README.md'));
  if (published && folder === CONTRACT.folder)
    for (const file of globSync(CONTRACT.files, { cwd: root })) await cp(join(root, file), join(target, file));
}

/**
 * The workspace's own package.json and lockfile, for these projects alone, of which the first is what runs: npm keeps what is locked, and
 * drops the rest.
 */
async function surround(root: string, projects: readonly Project[], first: Project | undefined, out: string): Promise<void> {
  const { name, version, type, overrides, allowScripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const workspaces = projects.map(({ folder }) => folder);
  const main = first && `./${first.folder}/src/main.js`;
  const manifest = { name, version, private: true, type, main, workspaces, overrides, allowScripts };
  await writeFile(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(join(root, 'package-lock.json'), join(out, 'package-lock.json'));
}
