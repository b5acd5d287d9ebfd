import { join } from 'node:path';
import ts from 'typescript';

/**
 * The docstrings of the settings in `config.ts` files, by file and name. The compiler finds them in the file and in the libraries
 * from which it spreads settings.
 *
 * @param files relative to the root; each exports a zod object as `Config`
 */
export function settingDocs(root: string, files: readonly string[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const config = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)).config as object;
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const program = ts.createProgram({ rootNames: files.map((file) => join(root, file)), options });
  const checker = program.getTypeChecker();
  return new Map(files.map((file) => [file, docsIn(checker, program.getSourceFile(join(root, file)))]));
}

function docsIn(checker: ts.TypeChecker, file: ts.SourceFile | undefined): ReadonlyMap<string, string> {
  const module = file && checker.getSymbolAtLocation(file);
  const config = module && checker.getExportsOfModule(module).find(({ name }) => name === 'Config');
  const shape = config && checker.getTypeOfSymbol(config).getProperty('shape');
  const settings = shape ? checker.getTypeOfSymbol(shape).getProperties() : [];
  return new Map(settings.map((setting) => [setting.name, textOf(setting.getDocumentationComment(checker))]));
}

const textOf = (parts: ts.SymbolDisplayPart[]) => ts.displayPartsToString(parts).replace(/\s+/g, ' ').trim();
