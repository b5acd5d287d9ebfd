import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { folders, readManifest, root } from './manifest.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the workflows', () => {
  const files = globSync('.github/workflows/*.yml', { cwd: root });

  it.each(files)('name each action by its commit, which nobody can move: %s', (file) => {
    const actions = [...read(file).matchAll(/\buses: (.*)/g)].map(([, action]) => action);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? ''))).toEqual([]);
  });
});

describe('docker-bake.hcl', () => {
  it.each(['.github/workflows/services.yml', 'deploy/try-kind.sh', 'docs/releasing.md', 'docker-bake.hcl'])(
    'is the only file of each build, because Docker would merge docker-compose.yml into it: %s',
    (file) => {
      const builds = [...read(file).matchAll(/\bbuildx bake\b.{0,25}/g)].map(([build]) => build);
      expect(builds.length).toBeGreaterThan(0);
      expect(builds.filter((build) => !build.startsWith('buildx bake --file docker-bake.hcl'))).toEqual([]);
    },
  );
});

describe('renovate.json', () => {
  interface Renovate {
    readonly packageRules: readonly { readonly groupName?: string; readonly matchPackageNames: readonly string[] }[];
    readonly customManagers: readonly { readonly matchStrings: readonly string[] }[];
  }
  const { packageRules, customManagers } = JSON.parse(read('renovate.json')) as Renovate;

  it('groups packages that a package.json has', () => {
    const manifests = ['.', ...folders, ...globSync('tools/on-demand/*/package.json', { cwd: root }).map((file) => join(file, '..'))];
    const packages = manifests
      .map(readManifest)
      .flatMap((manifest) => [
        ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }),
        ...Object.keys((manifest as { readonly engines?: object }).engines ?? {}),
      ]);
    const matches = (pattern: string) => {
      const [, expression] = /^\/(.*)\/$/.exec(pattern) ?? [];
      return packages.some((name) => (expression === undefined ? matchesGlob(name, pattern) : new RegExp(expression).test(name)));
    };
    expect(packageRules.flatMap(({ matchPackageNames }) => matchPackageNames).filter((pattern) => !matches(pattern))).toEqual([]);
  });

  it('finds every version in the script for kind', () => {
    const script = read('deploy/try-kind.sh');
    const found = [...script.matchAll(new RegExp(customManagers[0]?.matchStrings[0] ?? '', 'g'))].map(
      ({ groups }) => groups?.['currentValue'],
    );
    const versions = [...script.matchAll(/^readonly [A-Z_]+=(?:\S+:)?(v?\d+\.[\d.]+)/gm)].map(([, version]) => version);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(versions);
  });
});
