import { swcOptions } from '@reputable/run/swc';
import { transform } from '@swc/core';
import { globSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files for tests. A library exports its `testing` folder to the specs of others, so that folder is built. */
const FOR_TESTS = ['**/*.spec.ts', '**/*.fixture.*', '**/fixture/**', '**/fixtures/**'];

/** The loader's options, plus `.js` in relative imports. The types of swc lack that option. */
const options = { ...swcOptions, sourceMaps: false, jsc: { ...swcOptions.jsc, ...{ rewriteRelativeImportExtensions: true } } };

/** The files of a project's package, relative to its folder. */
export function sourcesOf(root: string, folder: string): readonly string[] {
  const exclude = folder.startsWith('apps/') ? [...FOR_TESTS, '**/testing/**'] : FOR_TESTS;
  return globSync('src/**/*.*', { cwd: join(root, folder), exclude }).sort();
}

/** Compiles a project's TypeScript to JavaScript, file by file, and copies the other files. */
export async function compile(root: string, folder: string, target: string): Promise<void> {
  for (const file of sourcesOf(root, folder)) {
    const source = join(root, folder, file);
    const place = join(target, file);
    await mkdir(dirname(place), { recursive: true });
    if (!file.endsWith('.ts')) await copyFile(source, place);
    else await writeFile(place.replace(/\.ts$/, '.js'), await toJavaScript(source));
  }
}

async function toJavaScript(filename: string): Promise<string> {
  const { code } = await transform(await readFile(filename, 'utf8'), { ...options, filename });
  return code;
}
