import { createProjectGraphAsync } from '@nx/devkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package of the workspace. */
export interface Module {
  /** Relative to the root: `libs/auth`. */
  readonly folder: string;
  /** The folders of the packages that it imports outside of its specs. */
  readonly imports: readonly string[];
}

/** The packages of a workspace and their imports, from the project graph of Nx. */
export async function readModules(root: string): Promise<readonly Module[]> {
  const { nodes, dependencies } = await createProjectGraphAsync();
  const projects = Object.entries(nodes).map(([name, node]) => ({ name, folder: node.data.root }));
  const folderOf = new Map(projects.map(({ name, folder }) => [name, folder]));
  const modules = projects.map(({ name, folder }) => {
    const needed = neededBy(root, folder);
    const imports = (dependencies[name] ?? []).flatMap(({ target }) => folderOf.get(target) ?? []);
    return { folder, imports: [...new Set(imports)].filter((other) => needed.has(nameOf(root, other))).sort() };
  });
  return modules.sort((a, b) => a.folder.localeCompare(b.folder));
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (root: string, folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
const nameOf = (root: string, folder: string) => manifestOf(root, folder).name;
const neededBy = (root: string, folder: string) => new Set(Object.keys(manifestOf(root, folder).dependencies ?? {}));
