import { describe, expect, it } from '@jest/globals';
import { imageLock } from './image-lock.ts';

const locked = {
  'node_modules/a': { version: '1.0.0', dependencies: { b: '^1.0.0' } },
  'node_modules/a/node_modules/b': { version: '1.2.0', optionalDependencies: { 'c-linux': '1.0.0', 'c-darwin': '1.0.0' } },
  'node_modules/b': { version: '2.0.0', dependencies: { unused: '1.0.0' } },
  'node_modules/c-linux': { version: '1.0.0', os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  'node_modules/c-darwin': { version: '1.0.0', os: ['darwin'] },
  'node_modules/unused': { version: '1.0.0' },
};

describe('the lockfile of an image', () => {
  it('has the packages in the bundle alone, and those beside it with what they need on Linux, in all versions', () => {
    const lock = imageLock({ name: 'post', version: '0.1.0', libraries: { b: '2.0.0' }, dependencies: { a: '1.0.0' } }, locked);
    const packages = Object.entries(lock.packages).map(([path, { name, version }]) => [path, name, version]);
    expect(packages).toEqual([
      ['', 'post', '0.1.0'],
      ['node_modules/b', 'b', '2.0.0'],
      ['node_modules/a', 'a', '1.0.0'],
      ['node_modules/b-1.2.0', 'b', '1.2.0'],
      ['node_modules/c-linux', 'c-linux', '1.0.0'],
    ]);
  });

  it('needs every package in the lockfile of the workspace', () => {
    expect(() => imageLock({ name: 'post', version: '0.1.0', libraries: { b: '3.0.0' } }, locked)).toThrow(
      new Error('package-lock.json has no b@3.0.0. Run npm ci, and build again.'),
    );
  });
});
