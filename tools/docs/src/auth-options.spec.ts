import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../../..');
const MODULE = join(root, 'libs/auth/src/auth.module.ts');
const ISSUER = join(root, 'libs/auth/src/issuer/issuer-options.ts');

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

/** The exported type of this name, with its checker. */
function typeOf(source: string, name: string): { checker: ts.TypeChecker; type: ts.Type } {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as { readonly config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const program = ts.createProgram({ rootNames: [source], options });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(source);
  const module = file && checker.getSymbolAtLocation(file);
  const symbol = module && checker.getExportsOfModule(module).find((one) => one.name === name);
  if (!symbol) throw new Error(`${name} is gone.`);
  return { checker, type: checker.getDeclaredTypeOfSymbol(symbol) };
}

/** The options that the README lists in the table of a section. */
function listedIn(section: string): string[] {
  const readme = readFileSync(join(root, 'libs/auth/README.md'), 'utf8');
  const [, table = ''] = new RegExp(`^#+ ${section}\\n([^]*?)^#`, 'm').exec(readme) ?? [];
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
}

describe('the README of libs/auth lists every option, and no other', () => {
  it('of AuthModule', () => {
    const { checker, type } = typeOf(MODULE, 'ServiceAuthOptions');
    expect(listedIn('Options').sort()).toEqual(optionsOf(checker, type).sort());
  });

  it('of an issuer', () => {
    const { type } = typeOf(ISSUER, 'IssuerOptions');
    const listed = listedIn('Another issuer').map((name) => name.replace(/^keys\..*/, 'keys'));
    expect([...new Set(listed)].sort()).toEqual(
      type
        .getProperties()
        .map(({ name }) => name)
        .sort(),
    );
  });
});
