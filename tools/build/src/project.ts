import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BuildError } from './error.ts';

/** What we use of a package.json; the rest is passed on as it is. */
export interface Manifest extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly name: string };
}

/** A package of the workspace. */
export interface Project {
  /** Relative to the root: `libs/auth`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** All that can be built. */
export function readProjects(root: string): readonly Project[] {
  const files = globSync('{apps,libs,tools}/*/package.json', { cwd: root }).sort();
  return files.map((file) => ({ folder: dirname(file), manifest: JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest }));
}

/**
 * The projects that are asked for, by folder, by package or by their name in Nx, and those of the workspace that they need at run time.
 *
 * @throws {BuildError} naming what is no project
 */
export function selectProjects(all: readonly Project[], wanted: readonly string[]): readonly Project[] {
  const unknown = wanted.filter((name) => !findProject(all, name));
  if (unknown.length > 0) {
    throw new BuildError(`There is no project ${unknown.join(', ')}. There are: ${all.map(({ folder }) => folder).join(', ')}.`);
  }
  const selected = new Set<Project>();
  const add = (project: Project | undefined) => {
    if (!project || selected.has(project)) return;
    selected.add(project);
    for (const name of Object.keys(project.manifest.dependencies ?? {})) add(all.find(({ manifest }) => manifest.name === name));
  };
  for (const name of wanted) add(findProject(all, name));
  return all.filter((project) => selected.has(project));
}

/** The project with this folder, package or name in Nx. */
export function findProject(all: readonly Project[], name: string): Project | undefined {
  const wanted = name.replace(/^\.\/|\/$/g, '');
  return all.find(({ folder, manifest }) => [folder, manifest.name, manifest.nx?.name].includes(wanted));
}
