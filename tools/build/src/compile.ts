import { swcOptions } from '@reputable/run/swc';
import { transform } from '@swc/core';
import { globSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

/** Files for tests. A library exports its `testing` folder to the specs of others, so that folder is built. */
const FOR_TESTS = ['**/*.spec.ts', '**/*.fixture.*', '**/fixture/**', '**/fixtures/**'];

/** The loader's options, plus `.js` in relative imports. The types of swc lack that option. */
const options = { ...swcOptions, inlineSourcesContent: false, jsc: { ...swcOptions.jsc, ...{ rewriteRelativeImportExtensions: true } } };

/** The files of a project's package, relative to its folder. */
export function sourcesOf(root: string, folder: string): readonly string[] {
  const exclude = folder.startsWith('apps/') ? [...FOR_TESTS, '**/testing/**'] : FOR_TESTS;
  return globSync('src/**/*.*', { cwd: join(root, folder), exclude }).sort();
}

/** Compiles a project's TypeScript to JavaScript with source maps, file by file, and copies the other files. */
export async function compile(root: string, folder: string, target: string): Promise<void> {
  for (const file of sourcesOf(root, folder)) {
    const source = join(root, folder, file);
    const place = join(target, file);
    await mkdir(dirname(place), { recursive: true });
    if (file.endsWith('.ts')) await compileFile(source, place.replace(/\.ts$/, '.js'), true);
    else await copyFile(source, place);
  }
}

/** @param sourceMaps whether to write a source map, so that stack traces have the lines of the source */
export async function compileFile(filename: string, place: string, sourceMaps: boolean): Promise<void> {
  const sourceFileName = relative(dirname(place), filename);
  const { code, map } = await transform(await readFile(filename, 'utf8'), { ...options, filename, sourceFileName, sourceMaps });
  await writeFile(place, map === undefined ? code : `${code}//# sourceMappingURL=${basename(place)}.map\n`);
  if (map !== undefined) await writeFile(`${place}.map`, map);
}
