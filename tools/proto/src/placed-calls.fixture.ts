import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * The calls in the source of an app and of the libraries that it depends on: `PostService/getPost` for a call of `getPost` in a file that imports
 * `PostService`, and for `methodDefinition(PostService.method.getPost)`, which streams are opened with. Specs and their fixtures do not count.
 */
export const placedCalls = (root: string, app: string): ReadonlySet<string> =>
  new Set(
    foldersOf(root, app)
      .flatMap((folder) => globSync(`${folder}/src/**/*.ts`, { cwd: root, exclude: ['**/*.{spec,fixture}.ts', '**/testing/**'] }))
      .flatMap((file) => callsIn(ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest))),
  );

/** The folder of an app, and those of the libraries that it depends on, directly or not. */
const foldersOf = (root: string, app: string): string[] => {
  const folders = new Set([`apps/${app}`]);
  // The loop visits folders that it adds.
  for (const folder of folders) for (const name of librariesOf(root, folder)) folders.add(name);
  return [...folders];
};

const librariesOf = (root: string, folder: string): string[] => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    dependencies?: Readonly<Record<string, string>>;
  };
  return Object.keys(dependencies)
    .map((name) => name.replace('@reputable/', 'libs/'))
    .filter((library) => existsSync(join(root, library, 'package.json')));
};

const callsIn = (file: ts.SourceFile): string[] => {
  const services = file.statements.flatMap(importsOf).filter((name) => name.endsWith('Service'));
  if (services.length === 0) return [];
  const names = namesIn(file);
  return services.flatMap((service) => names.map((name) => `${service}/${name}`));
};

/** The names that a statement imports from the contract. */
const importsOf = (statement: ts.Statement): string[] => {
  if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
  const names = statement.importClause?.namedBindings;
  if (!names || !ts.isNamedImports(names) || !statement.moduleSpecifier.text.startsWith('@reputable/contracts/')) return [];
  return names.elements.map(({ name }) => name.text);
};

/** The names of the called methods: `getPost` of `posts.getPost(…)`, and of `methodDefinition(PostService.method.getPost)`. */
const namesIn = (node: ts.Node): string[] => {
  const names: string[] = [];
  const visit = (each: ts.Node) => {
    if (ts.isCallExpression(each)) {
      const called = isDefinition(each) ? each.arguments[0] : each.expression;
      if (called && ts.isPropertyAccessExpression(called)) names.push(called.name.text);
    }
    ts.forEachChild(each, visit);
  };
  visit(node);
  return names;
};

const isDefinition = ({ expression }: ts.CallExpression): boolean => ts.isIdentifier(expression) && expression.text === 'methodDefinition';
