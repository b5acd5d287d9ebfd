import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Which apps are made of which packages of the workspace, as the `dependencies` in each package.json say. */
export class Dependents {
  readonly #madeOf: ReadonlyMap<string, ReadonlySet<string>>;

  /** @param apps the folders of the apps, relative to the root, as in `apps/post` */
  constructor(root: string, apps: readonly string[]) {
    const manifests = globSync('{apps,libs,tools}/*/package.json', { cwd: root }).map((file) => {
      const { name, dependencies } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
      return [name, { folder: dirname(file), needs: Object.keys(dependencies ?? {}) }] as const;
    });
    const packages = new Map(manifests);
    const folderOf = (name: string) => packages.get(name)?.folder ?? '';
    const closure = (name: string, found = new Set<string>()): ReadonlySet<string> => {
      const own = packages.get(name);
      if (!own || found.has(own.folder)) return found;
      found.add(own.folder);
      for (const need of own.needs) closure(need, found);
      return found;
    };
    const names = [...packages.keys()].filter((name) => apps.includes(folderOf(name)));
    this.#madeOf = new Map(names.map((name) => [folderOf(name), closure(name)]));
  }

  /** The folders of all packages that some app is made of. */
  get folders(): string[] {
    return [...new Set([...this.#madeOf.values()].flatMap((folders) => [...folders]))].sort();
  }

  /** The apps that one of these files is a part of. */
  of(files: readonly string[]): string[] {
    const changed = new Set(files.map((file) => file.split('/').slice(0, 2).join('/')));
    return [...this.#madeOf].filter(([, folders]) => [...changed].some((folder) => folders.has(folder))).map(([app]) => app);
  }
}
