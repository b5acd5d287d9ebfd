import { CliError } from '@reputable/cli';
import { join, relative } from 'node:path';
import { sourcesOf } from './compile.ts';

/** A relative import that ends in `.ts`. The package has `.js` files only. */
const TS_IMPORT = /((?:from|import)\s*\(?\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/g;

/**
 * Writes a project's types beside its JavaScript.
 *
 * @throws {CliError} with the first problem that the compiler finds
 */
export async function declare(root: string, folder: string, out: string): Promise<void> {
  // An image is built without types, and need not load the compiler.
  const { default: ts } = await import('typescript');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as { readonly config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const files = sourcesOf(root, folder).filter((file) => file.endsWith('.ts'));
  const emit = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: out };
  const program = ts.createProgram({ rootNames: files.map((file) => join(root, folder, file)), options: { ...options, ...emit } });
  const { diagnostics } = program.emit(undefined, (path, text) => {
    const isOwn = !relative(join(out, folder), path).startsWith('..');
    if (isOwn) ts.sys.writeFile(path, text.replaceAll(TS_IMPORT, '$1.js$2'));
  });
  const [first] = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (!first) return;
  const where = first.file ? `${relative(root, first.file.fileName)}: ` : '';
  throw new CliError(`${where}${ts.flattenDiagnosticMessageText(first.messageText, ' ')} Run npx nx typecheck.`);
}
