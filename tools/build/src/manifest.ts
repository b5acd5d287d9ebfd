import type { Library } from './licences.ts';

/** The fields of a package.json that the build reads; it passes on the rest. */
export interface Manifest extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * The packages that a project must install once, together with our libraries. Two copies of grpc-js lose metadata silently. Two copies of
 * the others break `instanceof` and decorators.
 */
const SHARED = [
  '@bufbuild/protobuf',
  '@grpc/grpc-js',
  '@nestjs/common',
  '@nestjs/microservices',
  '@nestjs/passport',
  'passport',
  'reflect-metadata',
  'rxjs',
  'zod',
];

/** The fields that only this workspace uses. */
const OURS = ['devDependencies', 'nx'];

/**
 * The package.json of a built project: it exports the compiled files.
 *
 * @param published whether other workspaces install it: the package then is not private, has types, and declares shared packages as peers
 */
export function builtManifest(manifest: Manifest, { published }: { readonly published: boolean }): Manifest {
  const dropped = published ? [...OURS, 'private'] : OURS;
  const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => !dropped.includes(key))) as Manifest;
  const { dependencies, ...others } = kept;
  const needs = published ? { ...others, ...sharedAsPeers(dependencies) } : kept;
  return manifest.exports ? { ...needs, exports: builtExports(manifest.exports, published) } : needs;
}

/**
 * The package.json of a bundled app.
 *
 * @param libraries the packages in the bundle, listed for those who check what an image contains
 * @param outside the packages that must be installed beside the bundle
 */
export function bundledManifest(manifest: Manifest, libraries: readonly Library[], outside: readonly Library[]): Manifest {
  const versions = (list: readonly Library[]) => Object.fromEntries(list.map(({ name, version }) => [name, version]));
  return { ...builtManifest(manifest, { published: false }), dependencies: versions(outside), libraries: versions(libraries) };
}

/** Versions are exact in this workspace. Another project chooses any version of the same major. */
function sharedAsPeers(dependencies: Readonly<Record<string, string>> = {}): Pick<Manifest, 'dependencies' | 'peerDependencies'> {
  const entries = Object.entries(dependencies);
  const own = entries.filter(([name]) => !SHARED.includes(name));
  const peers = entries.filter(([name]) => SHARED.includes(name)).map(([name, version]) => [name, `^${version}`]);
  return {
    ...(own.length > 0 && { dependencies: Object.fromEntries(own) }),
    ...(peers.length > 0 && { peerDependencies: Object.fromEntries(peers) as Record<string, string> }),
  };
}

function builtExports(exports: Readonly<Record<string, string>>, typed: boolean): Readonly<Record<string, string>> {
  const built = Object.entries(exports).map(([name, file]) => [name, file.endsWith('.ts') ? compiled(file, typed) : file] as const);
  return Object.fromEntries(built) as Readonly<Record<string, string>>;
}

/** A resolver takes the first condition that matches, so `types` comes first. */
function compiled(file: string, typed: boolean): string | object {
  const stem = file.replace(/\.ts$/, '');
  return typed ? { types: `${stem}.d.ts`, default: `${stem}.js` } : `${stem}.js`;
}
