import { swcOptions } from '@reputable/run/swc';
import { transform } from '@swc/core';
import { globSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What is there for tests alone. A library may export helpers for tests of others, so its `testing` stays. */
const FOR_TESTS = ['**/*.spec.ts', '**/*.fixture.*', '**/fixture/**', '**/fixtures/**'];

/** The same as when it runs from source, but for the names of files in imports. swc's types do not know of that. */
const options = { ...swcOptions, sourceMaps: false, jsc: { ...swcOptions.jsc, ...{ rewriteRelativeImportExtensions: true } } };

/** The files of a project that belong into its package, relative to its folder. */
export function sourcesOf(root: string, folder: string): readonly string[] {
  const exclude = folder.startsWith('apps/') ? [...FOR_TESTS, '**/testing/**'] : FOR_TESTS;
  return globSync('src/**/*.*', { cwd: join(root, folder), exclude }).sort();
}

/** Compiles a project's TypeScript to JavaScript, file by file, and copies what else lies beside it. */
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
