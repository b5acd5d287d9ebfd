import type { Manifest } from './project.ts';

/**
 * What a project that installs a library has itself, and must have once: two copies of grpc-js lose metadata without a word, and of the
 * others, `instanceof` and what is registered fall apart.
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

/** What only the workspace has a use for. */
const OURS = ['devDependencies', 'nx'];

/**
 * The package.json of a project once it is built: it exports what was compiled, and needs no workspace.
 *
 * @param published whether others may install it: then it is not private, has types, and leaves to them what there must be once
 */
export function builtManifest(manifest: Manifest, { published }: { readonly published: boolean }): Manifest {
  const dropped = published ? [...OURS, 'private'] : OURS;
  const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => !dropped.includes(key))) as Manifest;
  const { dependencies, ...others } = kept;
  const needs = published ? { ...others, ...sharedAsPeers(dependencies) } : kept;
  return manifest.exports ? { ...needs, exports: builtExports(manifest.exports, published) } : needs;
}

/** Here versions are exact. Elsewhere the project says which, within what the library was made for. */
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

/** Who resolves types takes the first that fits: they come first. */
function compiled(file: string, typed: boolean): string | object {
  const stem = file.replace(/\.ts$/, '');
  return typed ? { types: `${stem}.d.ts`, default: `${stem}.js` } : `${stem}.js`;
}
