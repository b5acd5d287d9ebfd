import { join, relative } from 'node:path';
import type { CompilerOptions, Diagnostic } from 'typescript';
import { BuildError } from './error.ts';
import { sourcesOf } from './compile.ts';

/** A `.ts` at the end of what is imported from beside: there will be no such file. */
const OUR_EXTENSION = /((?:from|import)\s*\(?\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/g;

/**
 * Writes the types of projects beside their JavaScript. All at once: they refer to each other.
 *
 * @throws {BuildError} with what the compiler has to say
 */
export async function declare(root: string, folders: readonly string[], out: string): Promise<void> {
  // A few tens of megabytes, which who builds an image does without.
  const { default: ts } = await import('typescript');
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    readonly config?: object;
    readonly error?: Diagnostic;
  };
  const { options, errors } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const files = folders.flatMap((folder) => sourcesOf(root, folder).map((file) => join(root, folder, file)));
  const emit: CompilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: out };
  const program = ts.createProgram({
    rootNames: files.filter((file) => file.endsWith('.ts')),
    options: { ...options, ...emit },
  });
  const isWanted = (path: string) => folders.some((folder) => !relative(join(out, folder), path).startsWith('..'));
  const { diagnostics } = program.emit(undefined, (path, text) => {
    if (isWanted(path)) ts.sys.writeFile(path, text.replaceAll(OUR_EXTENSION, '$1.js$2'));
  });
  // Of the configuration, that it has no files of its own was our doing (TS18002, TS18003).
  const own = errors.filter(({ code }) => code !== 18_002 && code !== 18_003);
  const [first] = [...(error ? [error] : []), ...own, ...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (!first) return;
  const where = first.file ? `${relative(root, first.file.fileName)}: ` : '';
  throw new BuildError(`${where}${ts.flattenDiagnosticMessageText(first.messageText, ' ')} Try npm run typecheck.`);
}
