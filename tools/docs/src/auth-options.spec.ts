import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../../..');
const SOURCE = join(root, 'libs/auth/src/auth.module.ts');

/** The options that the types have, by path, as the README writes them: `keys.jwksUri`, `calls[].url`. */
function optionsOf(checker: ts.TypeChecker, type: ts.Type, path = ''): string[] {
  return type.getProperties().flatMap((property) => {
    const of = checker.getNonNullableType(checker.getTypeOfSymbol(property));
    const element = checker.isArrayType(of) ? checker.getTypeArguments(of as ts.TypeReference)[0] : undefined;
    const own = element ?? of;
    const plain = `${path}${property.name}`;
    return isOurs(own) ? [...(element ? [plain] : []), ...optionsOf(checker, own, `${plain}${element ? '[]' : ''}.`)] : [plain];
  });
}

/** What is not an object of our own is a value: a text, a URL, a contract; and `revocations`, which has a table of its own. */
function isOurs({ flags, symbol }: Omit<ts.Type, 'symbol'> & { readonly symbol?: ts.Symbol }): boolean {
  const places = symbol?.declarations?.map((declaration) => declaration.getSourceFile().fileName) ?? [];
  return (flags & ts.TypeFlags.Object) !== 0 && places.some((place) => place.includes('/libs/auth/'));
}

it('the README of libs/auth tells of every option there is, and of no other', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as { readonly config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const program = ts.createProgram({ rootNames: [SOURCE], options });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(SOURCE);
  const module = file && checker.getSymbolAtLocation(file);
  const symbol = module && checker.getExportsOfModule(module).find(({ name }) => name === 'ServiceAuthOptions');
  if (!symbol) throw new Error('ServiceAuthOptions is gone.');
  const readme = readFileSync(join(root, 'libs/auth/README.md'), 'utf8');
  const [, table = ''] = /^## Options\n([^]*?)^## /m.exec(readme) ?? [];
  const told = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
  expect(told.sort()).toEqual(optionsOf(checker, checker.getDeclaredTypeOfSymbol(symbol)).sort());
});
