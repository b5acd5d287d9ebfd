import type { Library } from './licences.ts';

/** The fields of a package.json that the build reads; it passes on the rest. */
export interface Manifest extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

type Exports = (file: string) => string | object;

/** The fields that only this workspace uses. */
export const OURS = ['devDependencies', 'nx'];

/** The package.json of a built project: it exports the compiled files. */
export function builtManifest(manifest: Manifest): Manifest {
  const kept = without(manifest, OURS);
  return manifest.exports ? { ...kept, exports: exportsOf(manifest.exports, (file) => file.replace(/\.ts$/, '.js')) } : kept;
}

/**
 * The package.json of a bundled app.
 *
 * @param libraries the packages in the bundle, listed for those who check what an image contains
 * @param outside the packages that must be installed beside the bundle
 */
export function bundledManifest(manifest: Manifest, libraries: readonly Library[], outside: readonly Library[]): Manifest {
  const versions = (list: readonly Library[]) => Object.fromEntries(list.map(({ name, version }) => [name, version]));
  return { ...builtManifest(manifest), dependencies: versions(outside), libraries: versions(libraries) };
}

export const without = (manifest: Manifest, fields: readonly string[]): Manifest =>
  Object.fromEntries(Object.entries(manifest).filter(([field]) => !fields.includes(field))) as Manifest;

export const exportsOf = (exports: Readonly<Record<string, string>>, built: Exports): Record<string, string> =>
  Object.fromEntries(Object.entries(exports).map(([name, file]) => [name, file.endsWith('.ts') ? built(file) : file])) as Record<
    string,
    string
  >;
