import { existsSync, globSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { compile } from './compile.ts';
import { declare } from './declarations.ts';
import { licencesOf, libraryIn } from './licences.ts';
import { builtManifest, bundledManifest, type Manifest } from './manifest.ts';

/** The contract is a part of the library that is generated from it: other contracts import our options. */
const CONTRACT = { folder: 'libs/contracts', files: 'proto/**/*.proto' };

export interface BuildOptions {
  /** The folder of the workspace. */
  readonly root: string;
  /** The project's folder, relative to the root: `apps/post`. */
  readonly folder: string;
  /** The package is written to `<out>/<folder>`. */
  readonly out: string;
  /** Whether other workspaces install the package: it then has types and is not private. */
  readonly published: boolean;
}

/**
 * Compiles a project to a package of plain JavaScript. An app becomes a bundle that contains the packages that it imports.
 *
 * @throws {CliError} with the first problem that the compiler finds
 */
export async function build({ root, folder, out, published }: BuildOptions): Promise<void> {
  const target = join(out, folder);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest;
  const isApp = folder.startsWith('apps/');
  if (!isApp) await compile(root, folder, target, !published);
  const built = isApp ? await buildApp(root, folder, target, manifest) : builtManifest(manifest, { published });
  await writeFile(join(target, 'package.json'), `${JSON.stringify(built, null, 2)}\n`);
  await copyFile(join(root, 'LICENSE'), join(target, 'LICENSE'));
  const readme = join(root, folder, 'README.md');
  if (existsSync(readme)) await copyFile(readme, join(target, 'README.md'));
  if (!published) return;
  await declare(root, folder, out);
  if (folder !== CONTRACT.folder) return;
  for (const file of globSync(CONTRACT.files, { cwd: root })) await cp(join(root, file), join(target, file));
}

async function buildApp(root: string, folder: string, target: string, manifest: Manifest): Promise<Manifest> {
  const { libraries, outside } = await bundle(root, folder, target);
  await writeFile(join(target, 'LICENSES.txt'), await licencesOf(libraries));
  const installed = await Promise.all(outside.map((name) => libraryIn(join(root, 'node_modules', name))));
  return bundledManifest(manifest, await Promise.all(libraries.map(libraryIn)), installed);
}
