import { join } from 'node:path';
import { exportsOf, type Manifest, OURS, without } from './manifest.ts';

/**
 * The packages that a project must install once, together with our library. Two copies of grpc-js lose metadata silently. Two copies of Nest
 * break `instanceof` and decorators. The types of protobuf-es and rxjs are in our own.
 */
const PEERS: Readonly<Record<string, string | undefined>> = {
  '@bufbuild/protobuf': undefined,
  '@grpc/grpc-js': undefined,
  '@grpc/proto-loader': undefined,
  // The types of spans are shared, and an SDK registers with one version.
  '@opentelemetry/api': undefined,
  '@nestjs/common': '^11.0.0 || ^12.0.0',
  '@nestjs/core': '^11.0.0 || ^12.0.0',
  '@nestjs/microservices': '^11.0.0 || ^12.0.0',
  '@nestjs/passport': '^11.0.0 || ^12.0.0',
  passport: undefined,
  'reflect-metadata': undefined,
  rxjs: undefined,
};

/** The peers that only one entry point imports. */
const OPTIONAL = ['@grpc/proto-loader'];

/** CommonJS can `require` ES modules from this version on. */
const NODE = '>=22.12';

/**
 * The package.json of a library for other projects: not private, with types, and with peers.
 *
 * @param folder the library's folder, in the workspace and in the package
 * @param inside the libraries of the workspace in the package, itself included
 */
export function publishedManifest(manifest: Manifest, folder: string, inside: readonly Manifest[]): Manifest {
  const { exports = {}, ...kept } = without(manifest, [...OURS, 'private', 'dependencies']);
  const ours = inside.map(({ name }) => name);
  const needs = Object.entries(Object.assign({}, ...inside.map(({ dependencies }) => dependencies)) as Record<string, string>)
    .filter(([name]) => !ours.includes(name))
    .sort(([one], [other]) => one.localeCompare(other));
  const optional = OPTIONAL.filter((name) => needs.some(([needed]) => needed === name));
  return {
    ...kept,
    engines: { node: NODE },
    exports: { ...exportsOf(exports, (file) => typed(`./${join(folder, file)}`)), './package.json': './package.json' },
    dependencies: ranges(needs.filter(([name]) => !(name in PEERS))),
    peerDependencies: ranges(needs.filter(([name]) => name in PEERS)),
    ...(optional.length > 0 && { peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])) }),
  };
}

/** Versions are exact in this workspace. Other projects choose any newer version of the same major. */
const ranges = (needs: readonly (readonly [string, string])[]): Record<string, string> =>
  Object.fromEntries(needs.map(([name, version]) => [name, PEERS[name] ?? `^${version}`]));

/** A resolver takes the first condition that matches, so `types` comes first. */
function typed(file: string): object {
  const stem = file.replace(/\.ts$/, '');
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}
