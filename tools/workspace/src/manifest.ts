import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The folder of the whole workspace. */
export const root = resolve(import.meta.dirname, '../../..');

/** The fields of a package.json that the tools read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly nx?: {
    readonly name: string;
    readonly tags: readonly string[];
    readonly namedInputs?: { readonly outside?: readonly string[] };
  };
}

/** Reads the package.json of a folder, which is given relative to the root. */
export const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;

/** The folders of all packages of the workspace, relative to the root. */
export const folders: readonly string[] = globSync('{{apps,libs,tools}/*,bench,e2e}/package.json', { cwd: root }).map(dirname).sort();
