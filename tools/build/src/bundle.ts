import { swcOptions } from '@reputable/run/swc';
import { transform } from '@swc/core';
import { globSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type OutputBundle, type Plugin, rolldown } from 'rolldown';
import { sourcesOf } from './compile.ts';

/** Each program of an app is a file of its own in the bundle, and so is the health check for orchestrators that run commands. */
const PROGRAMS = 'src/{main,migrate,*.cli}.ts';
const HEALTH_CHECK = 'libs/service/src/health-check.ts';

/** These packages read files beside their code, so they are installed beside the bundle. */
const OUTSIDE = ['@node-rs/argon2', 'grpc-health-check'];

/** Packages that no image has: one for apps of another kind, which Nest would import, and one that services import in development alone. */
const UNUSED = ['@nestjs/platform-express', '@grpc/reflection'];

const LIBRARIES = 'libraries';

/** The folders of the packages that are in a bundle, and the names of those that must be installed beside it. */
export interface Bundled {
  readonly libraries: readonly string[];
  readonly outside: readonly string[];
}

/** Bundles the programs of an app with all packages that they import, and copies the app's other files. */
export async function bundle(root: string, folder: string, target: string): Promise<Bundled> {
  const outside = new Set<string>();
  const plugins = [typescript, requires, packages(outside), readable];
  const build = await rolldown({ input: programsOf(root, folder), cwd: root, platform: 'node', tsconfig: false, plugins });
  const { output } = await build.write({
    dir: join(target, 'src'),
    entryFileNames: '[name].js',
    chunkFileNames: ({ name }) => (name.startsWith(LIBRARIES) ? `${LIBRARIES}.js` : '[name].js'),
    // TypeORM takes the names of migrations, and Nest those of modules, from classes.
    keepNames: true,
    comments: { legal: false, annotation: false, jsdoc: false },
    sourcemap: true,
    sourcemapExcludeSources: true,
    // A program loads only the libraries that it imports. Node loads a source map whole, so libraries are apart from our code.
    codeSplitting: { groups: [{ name: LIBRARIES, test: /\/node_modules\//, entriesAware: true }] },
  });
  await build.close();
  await copyOthers(root, folder, target);
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  const libraries = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []));
  return { libraries: [...libraries].sort(), outside: [...outside].sort() };
}

function programsOf(root: string, folder: string): Record<string, string> {
  const own = globSync(PROGRAMS, { cwd: join(root, folder) }).map((file) => join(folder, file));
  return Object.fromEntries([...own, HEALTH_CHECK].map((file) => [basename(file, '.ts'), join(root, file)]));
}

async function copyOthers(root: string, folder: string, target: string): Promise<void> {
  for (const file of sourcesOf(root, folder).filter((name) => !name.endsWith('.ts'))) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await copyFile(join(root, folder, file), join(target, file));
  }
}

/** The compiler of the loader, so that bundled code has the same decorators and metadata. */
const typescript: Plugin = {
  name: 'typescript',
  transform: {
    filter: { id: /\.ts$/ },
    handler: async (code, filename) => ({ ...(await transform(code, { ...swcOptions, filename, sourceMaps: true })), moduleType: 'js' }),
  },
};

/**
 * Lets rolldown see what libraries load by `createRequire`. Otherwise Nest would load a second grpc-js and a second TypeORM from node_modules:
 * two copies of grpc-js lose metadata silently, and an image has neither.
 */
const requires: Plugin = {
  name: 'requires',
  transform: {
    filter: { id: /\/node_modules\//, code: /createRequire\(import\.meta\.url\)/ },
    handler: (code) => ({
      code: code
        .replace(/^const require = createRequire\(import\.meta\.url\);$/m, '')
        .replaceAll('createRequire(import.meta.url)(', 'require('),
      map: null,
    }),
  },
};

/** Leaves out the packages of {@link OUTSIDE} and {@link UNUSED}, and the optional packages of libraries that are not installed. */
const packages = (outside: Set<string>): Plugin => ({
  name: 'packages',
  resolveId: {
    filter: { id: /^[^./\0]/ },
    async handler(id, importer, options) {
      if (importer === undefined || id.startsWith('node:')) return null;
      if (UNUSED.includes(id)) return { id, external: true };
      if (OUTSIDE.includes(id)) outside.add(id);
      const found = OUTSIDE.includes(id) ? null : await this.resolve(id, importer, { ...options, skipSelf: true });
      return found ?? (OUTSIDE.includes(id) || importer.includes('/node_modules/') ? { id, external: true } : null);
    },
  },
});

/**
 * Drops the source maps of the libraries: Node would take 100 MB for them. Escapes their characters outside of ASCII: with a single one, V8 keeps
 * the whole file with two bytes a character.
 */
const readable: Plugin = {
  name: 'readable',
  generateBundle(_, files: OutputBundle) {
    for (const [name, file] of Object.entries(files)) {
      if (!name.startsWith(LIBRARIES)) continue;
      if (file.type === 'asset') Reflect.deleteProperty(files, name);
      else file.code = file.code.replace(/\/\/# sourceMappingURL=.*\s*$/, '').replace(/[^\0-\x7f]/g, escaped);
    }
  },
};

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
