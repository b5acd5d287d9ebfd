import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { globSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { builtManifest } from './manifest.ts';
import { readProjects, selectProjects } from './project.ts';

const root = resolve(import.meta.dirname, '../../..');
let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'reputable-build-'));
});
afterAll(async () => {
  await rm(out, { recursive: true, force: true });
});

interface Result {
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

const node = (args: readonly string[], cwd = root): Promise<Result> =>
  promisify(execFile)(process.execPath, args, { cwd, env: {} }).catch((error: unknown) => error as Result);

const cli = (...args: string[]) => node(['--import', '@reputable/run', join(import.meta.dirname, 'main.ts'), ...args]);

/** Installs the built packages beside what they depend on, as an image has them, and nothing of the workspace. */
async function install(): Promise<void> {
  const modules = join(out, 'node_modules');
  await mkdir(join(modules, '@reputable'), { recursive: true });
  const others = readdirSync(join(root, 'node_modules')).filter((name) => name !== '@reputable' && !name.startsWith('.'));
  await Promise.all(others.map((name) => symlink(join(root, 'node_modules', name), join(modules, name))));
  for (const file of globSync('{apps,libs}/*/package.json', { cwd: out })) {
    const { name } = JSON.parse(await readFile(join(out, file), 'utf8')) as { name: string };
    await symlink(join(out, dirname(file)), join(modules, name));
  }
}

describe('npm run build', () => {
  it('makes packages that run by themselves', async () => {
    expect(await cli('post', 'gateway', '--workspace', '--out', out)).toMatchObject({ stderr: '' });
    await install();
    for (const app of ['post', 'gateway']) {
      const { stderr, code } = await node([`apps/${app}/src/main.js`], out);
      expect(stderr).toContain(`${app} does not start: TLS_DIR is missing`);
      expect(code).toBe(1);
    }
  });

  it('makes a workspace of what was built, and nothing else', async () => {
    const { main, workspaces } = JSON.parse(await readFile(join(out, 'package.json'), 'utf8')) as { main: string; workspaces: string[] };
    expect(main).toBe('./apps/post/src/main.js');
    expect(workspaces).toEqual([
      'apps/gateway',
      'apps/post',
      'libs/auth',
      'libs/contracts',
      'libs/database',
      'libs/errors',
      'libs/service',
    ]);
  });

  it('leaves out what is there for tests, and takes what is no TypeScript', () => {
    const files = globSync('{apps,libs}/**/*.*', { cwd: out, exclude: ['**/node_modules/**'] });
    expect(files.filter((file) => /\.spec\.|\.fixture\.|\.ts$|^apps\/.*\/testing\//.test(file))).toEqual([]);
    expect(files).toContain('apps/gateway/src/schema.graphql');
  });

  it('writes types that refer to files that exist', async () => {
    expect(await cli('libs/errors', '--types', '--out', out)).toMatchObject({ stderr: '' });
    const types = globSync('libs/errors/**/*.d.ts', { cwd: out });
    expect(types).toContain('libs/errors/src/index.d.ts');
    expect(await readFile(join(out, 'libs/errors/src/index.d.ts'), 'utf8')).toContain("from './domain-error.js'");
    expect(globSync('**/*.ts', { cwd: join(out, 'libs/errors') }).filter((file) => !file.endsWith('.d.ts'))).toEqual([]);
  });

  it.each([
    [['nothing', '--out', 'x'], 1, 'There is no project nothing. There are: apps/auth, '],
    [['post'], 2, 'Which projects, and where to?'],
    [['post', '--out', '.'], 1, '--out is the workspace itself'],
    [['post', '--far', '.'], 2, "Unknown option '--far'. Try npm run build -- --help"],
  ])('says in a line what is wrong: %j', async (args, expectedCode, expected) => {
    const { stderr, code } = await cli(...args);
    expect(stderr).toContain(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(expectedCode);
  });
});

describe('a project', () => {
  const all = readProjects(root);
  const folders = (...wanted: string[]) => selectProjects(all, wanted).map(({ folder }) => folder);

  it('is found by folder, by package and by its name in Nx, and brings what it needs', () => {
    expect(folders('libs/auth')).toEqual(['libs/auth', 'libs/contracts', 'libs/errors']);
    expect(folders('@reputable/auth')).toEqual(folders('lib-auth'));
    expect(folders('./apps/post/')).toContain('libs/database');
  });
});

describe('a package.json', () => {
  const manifest = {
    ...{ name: '@reputable/x', private: true, nx: { name: 'x' }, devDependencies: { jest: '1.0.0' } },
    exports: { '.': './src/index.ts', './*': './src/*_pb.ts', './package.json': './package.json' },
  };

  it('exports JavaScript, and is silent about the workspace', () => {
    expect(builtManifest(manifest, { published: false })).toEqual({
      name: '@reputable/x',
      private: true,
      exports: { '.': './src/index.js', './*': './src/*_pb.js', './package.json': './package.json' },
    });
  });

  it('has types first, is not private, and leaves to others what there must be once, when they install it', () => {
    const dependencies = { '@grpc/grpc-js': '1.14.7', jose: '6.2.17' };
    const { exports, ...rest } = builtManifest({ ...manifest, dependencies }, { published: true });
    expect(rest).toEqual({ name: '@reputable/x', dependencies: { jose: '6.2.17' }, peerDependencies: { '@grpc/grpc-js': '^1.14.7' } });
    expect(Object.keys((exports as unknown as Record<string, object>)['./*'] ?? {})).toEqual(['types', 'default']);
  });
});
