import { CliError } from '@reputable/cli';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { compileFile } from './compile.ts';
import type { Manifest } from './manifest.ts';

/** The `.proto` files of our options. The contracts of other projects import them. */
const OPTIONS = 'proto/reputable/access/v1/*.proto';

/** The specifier of an import of our own files, in JavaScript and in types. */
const SPECIFIER = /(\b(?:from|import)\s*\(?\s*['"])(\.{1,2}\/[^'"]+|@reputable\/[^'"]+)(?=['"])/g;

/**
 * Writes a library for other workspaces: JavaScript with types, of the library and of all our libraries that it imports, so that users install
 * one package. Files keep their places in the workspace.
 *
 * @param entries the files that the package exports
 * @throws {CliError} with the first problem that the compiler finds
 */
export async function publish(root: string, entries: readonly string[], target: string): Promise<void> {
  const options = { ...optionsIn(root), noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: target };
  const program = ts.createProgram({ rootNames: entries, options });
  const { diagnostics } = program.emit(undefined, (path, text) => {
    ts.sys.writeFile(path, withRelative(text, join(root, relative(target, path)), options));
  });
  refuse(root, [...ts.getPreEmitDiagnostics(program), ...diagnostics]);
  const sources = program.getSourceFiles().filter((file) => !file.isDeclarationFile && !file.fileName.includes('/node_modules/'));
  for (const { fileName } of sources) {
    const place = join(target, relative(root, fileName)).replace(/\.ts$/, '.js');
    await mkdir(dirname(place), { recursive: true });
    await compileFile(fileName, place, false);
    await writeFile(place, withRelative(await readFile(place, 'utf8'), fileName, options));
  }
  for (const file of globSync(OPTIONS, { cwd: root })) await cp(join(root, file), join(target, file));
}

function optionsIn(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as { readonly config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  return { ...options, paths: pathsIn(root) };
}

/** The files behind the names of our packages. TypeScript writes no types for files that it finds through node_modules. */
function pathsIn(root: string): Record<string, string[]> {
  const libraries = globSync('libs/*/package.json', { cwd: root }).map((file) => {
    const { name, exports = {} } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
    return Object.entries(exports).map(([path, target]) => [join(name, path), [join(root, dirname(file), target)]]);
  });
  return Object.fromEntries(libraries.flat()) as Record<string, string[]>;
}

/** The text with paths to our own files in place of names of our packages, and with `.js` in place of `.ts`. */
function withRelative(text: string, file: string, options: ts.CompilerOptions): string {
  return text.replaceAll(SPECIFIER, (_, before: string, specifier: string) => {
    if (specifier.startsWith('.')) return before + specifier.replace(/\.ts$/, '.js');
    const { resolvedModule } = ts.resolveModuleName(specifier, file, options, ts.sys);
    // A comment may name another package.
    if (!resolvedModule) return before + specifier;
    const path = relative(dirname(file), resolvedModule.resolvedFileName).replace(/\.ts$/, '.js');
    return before + (path.startsWith('.') ? path : `./${path}`);
  });
}

function refuse(root: string, [first]: readonly ts.Diagnostic[]): void {
  if (!first) return;
  const where = first.file ? `${relative(root, first.file.fileName)}: ` : '';
  throw new CliError(`${where}${ts.flattenDiagnosticMessageText(first.messageText, ' ')} Run npx nx typecheck.`);
}
