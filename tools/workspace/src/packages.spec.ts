import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { importsIn } from './imports.ts';
import { folders, readManifest, root, type Manifest } from './manifest.ts';

const declared = ({ dependencies, devDependencies, optionalDependencies }: Manifest) => ({
  ...optionalDependencies,
  ...devDependencies,
  ...dependencies,
});

describe.each(folders)('%s', (folder) => {
  const manifest = readManifest(folder);

  it('is private, ESM and under the MIT licence', () => {
    expect(manifest).toMatchObject({ private: true, type: 'module', license: 'MIT', version: readManifest('.').version });
  });

  it('has a name in our scope, and the tags that lint goes by', () => {
    expect(manifest.name).toMatch(/^@reputable\/[a-z][a-z0-9-]+$/);
    const types: Record<string, string> = { apps: 'type:app', libs: 'type:lib', tools: 'type:tool' };
    expect(manifest.nx?.tags).toEqual([types[dirname(folder)] ?? 'type:e2e', `scope:${basename(folder)}`]);
  });

  it('exports files that exist, or is not imported', () => {
    const files = Object.values(manifest.exports ?? {}).filter((file) => !file.includes('*'));
    expect(files.filter((file) => !existsSync(join(root, folder, file)))).toEqual([]);
    if (folder.startsWith('libs/')) expect(files).not.toEqual([]);
  });

  it('declares what it imports', () => {
    const known = new Set([...Object.keys(declared(manifest)), manifest.name]);
    const undeclared = importsIn(folder).filter(({ name }) => !known.has(name));
    expect(undeclared.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });
});

describe('a spec that reads files outside of its project', () => {
  /** A path that climbs out of the project's folder. */
  const climbs = (folder: string, file: string) => {
    const depth = dirname(file).split('/').length - folder.split('/').length + 1;
    return readFileSync(join(root, file), 'utf8').includes('../'.repeat(depth).slice(0, -1));
  };
  const readers = folders.filter((folder) =>
    globSync(`${folder}/src/**/*.{spec,fixture}.ts`, { cwd: root }).some((file) => climbs(folder, file)),
  );

  it.each(readers)('has them among the inputs of its tests: %s', (folder) => {
    expect(readManifest(folder).nx?.namedInputs?.outside).toEqual(expect.arrayContaining([expect.any(String)]));
  });
});

describe('dependencies', () => {
  const all = ['.', ...folders].flatMap((folder) =>
    Object.entries(declared(readManifest(folder))).map(([name, version]) => ({ folder, name, version })),
  );

  it('have exact versions', () => {
    expect(all.filter(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('have the same version wherever they are declared', () => {
    const versions = Map.groupBy(all, ({ name }) => name);
    const divided = [...versions.values()].filter((uses) => new Set(uses.map(({ version }) => version)).size > 1);
    expect(divided).toEqual([]);
  });

  // Two copies of grpc-js lose metadata silently. Two copies of the others break `instanceof` and decorators.
  it.each(['@grpc/grpc-js', '@bufbuild/protobuf', '@nestjs/common', '@nestjs/core', 'graphql', 'reflect-metadata', 'rxjs', 'typeorm'])(
    'install %s once',
    (name) => {
      const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, unknown> };
      expect(Object.keys(packages).filter((path) => path.endsWith(`node_modules/${name}`))).toEqual([`node_modules/${name}`]);
    },
  );
});
