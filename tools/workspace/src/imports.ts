import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

import ts from 'typescript';

import { root } from './manifest.ts';

/** A package that a file imports. */
export interface Import {
  readonly file: string;
  readonly name: string;
}

/** The packages that the source files in a folder import, without Node's own. */
export const importsIn = (folder: string): Import[] =>
  globSync(`${folder}/**/*.{ts,js}`, { cwd: root, exclude: ['**/node_modules/**', '**/fixtures/**'] }).flatMap((file) =>
    ts
      .preProcessFile(readFileSync(join(root, file), 'utf8'))
      .importedFiles.map(({ fileName }) => fileName)
      .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
      .map((specifier) => ({ file, name: packageOf(specifier) })),
  );

const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
