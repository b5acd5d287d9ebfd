import { existsSync, globSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { compile } from './compile.ts';
import { licencesOf, libraryIn } from './licences.ts';
import { builtManifest, bundledManifest, type Manifest } from './manifest.ts';
import { publishedManifest } from './published-manifest.ts';

export interface BuildOptions {
  /** The folder of the workspace. */
  readonly root: string;
  /** The project's folder, relative to the root: `apps/post`. */
  readonly folder: string;
  /** The package is written to `<out>/<folder>`. */
  readonly out: string;
  /** Whether other projects install the package: it then has types, contains our libraries that it imports, and is not private. */
  readonly published: boolean;
}

/**
 * Compiles a project to a package of plain JavaScript. An app becomes a bundle that contains the packages that it imports. A published library
 * contains our libraries that it imports.
 *
 * @throws {CliError} with the first problem that the compiler finds
 */
export async function build({ root, folder, out, published }: BuildOptions): Promise<void> {
  const target = join(out, folder);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const manifest = await manifestIn(root, folder);
  const built = published ? await publishLibrary(root, folder, target) : await buildPart(root, folder, target, manifest);
  await writeFile(join(target, 'package.json'), `${JSON.stringify(built, null, 2)}\n`);
  await copyFile(join(root, 'LICENSE'), join(target, 'LICENSE'));
  const readme = join(root, folder, 'README.md');
  if (existsSync(readme)) await copyFile(readme, join(target, 'README.md'));
}

const manifestIn = async (root: string, folder: string) =>
  JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest;

async function buildPart(root: string, folder: string, target: string, manifest: Manifest): Promise<Manifest> {
  if (folder.startsWith('apps/')) return buildApp(root, folder, target, manifest);
  await compile(root, folder, target);
  return builtManifest(manifest);
}

async function publishLibrary(root: string, folder: string, target: string): Promise<Manifest> {
  // Images are built without types, and need not load the compiler.
  const { publish } = await import('./publish.ts');
  const manifest = await manifestIn(root, folder);
  const entries = Object.values(manifest.exports ?? {}).filter((file) => file.endsWith('.ts'));
  await publish(
    root,
    entries.map((file) => join(root, folder, file)),
    target,
  );
  const inside = await Promise.all(globSync('libs/*', { cwd: target }).map((library) => manifestIn(root, library)));
  return publishedManifest(manifest, folder, inside);
}

async function buildApp(root: string, folder: string, target: string, manifest: Manifest): Promise<Manifest> {
  const { libraries, outside } = await bundle(root, folder, target);
  await writeFile(join(target, 'LICENSES.txt'), await licencesOf(libraries));
  const installed = await Promise.all(outside.map((name) => libraryIn(join(root, 'node_modules', name))));
  return bundledManifest(manifest, await Promise.all(libraries.map(libraryIn)), installed);
}
