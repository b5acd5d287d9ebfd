import { folders, readManifest } from '@reputable/workspace/manifest';

/** A package of the workspace. */
export interface Module {
  /** Relative to the root: `libs/auth`. */
  readonly folder: string;
  /** The folders of the packages that it imports outside of its specs. */
  readonly imports: readonly string[];
}

/** The packages of the workspace and their imports, by the `dependencies` in each package.json: a spec compares those with the code. */
export function readModules(): readonly Module[] {
  const packages = folders.map((folder) => ({ folder, ...readManifest(folder) }));
  const folderOf = new Map(packages.map(({ name, folder }) => [name, folder]));
  return packages.map(({ folder, dependencies = {} }) => ({
    folder,
    imports: Object.keys(dependencies)
      .flatMap((name) => folderOf.get(name) ?? [])
      .sort(),
  }));
}
