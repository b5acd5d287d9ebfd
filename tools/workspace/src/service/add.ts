import type { GeneratorCallback, Tree } from '@nx/devkit';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../manifest.ts';
import { link, regenerate } from './follow-up.ts';
import { withApp } from './lock.ts';
import { type Names, namesOf } from './names.ts';
import { portFor } from './ports.ts';
import { filesOf } from './render.ts';
import { edit, textOf } from './text.ts';
import { textEdits } from './text-edits.ts';
import { WorkTree } from './work-tree.ts';

/** The service to add. */
export interface NewService {
  readonly name: string;
  readonly port?: number;
  readonly allowDirty?: boolean;
}

/**
 * Writes a complete service, and adds it to the files that all services share.
 *
 * @throws {Error} in one line that says what to do, before anything is written
 */
export async function addService(tree: Tree, { name, port, allowDirty = false }: NewService): Promise<GeneratorCallback> {
  const names = namesOf(name);
  refuseTaken(tree, names);
  if (!allowDirty && !new WorkTree(tree.root).isClean) {
    throw new Error(
      'There are changes that are not committed. Commit or stash them to keep them apart from the generated files, or add --allow-dirty.',
    );
  }
  const service = { ...names, port: portFor(port) };
  const files = await filesOf(service);
  for (const [path, text] of files) tree.write(path, text);
  for (const { file, add } of textEdits) await edit(tree, file, (text) => add(text, service));
  const manifest = JSON.parse(textOf(tree, `apps/${name}/package.json`)) as Manifest;
  tree.write('package-lock.json', withApp(textOf(tree, 'package-lock.json'), name, manifest));
  return () => {
    link(tree.root, name);
    regenerate(tree.root);
    console.log(
      `\nAdded the ${name} service. Try: npm test -- apps/${name}, and npm start. Its rules are in proto/reputable/${name}/v1/${name}.proto.`,
    );
  };
}

/** Refuses a name that a folder, or a type or field of the GraphQL schema, already has. */
function refuseTaken(tree: Tree, { name, Name, names }: Names): void {
  const paths = ['apps', 'libs', 'tools', '', 'proto/reputable', 'apps/gateway/src'].map((folder) => join(folder, name));
  const path = paths.find((each) => tree.exists(each));
  if (path !== undefined) throw new Error(`"${name}" is taken: ${path} exists. Choose another name.`);
  const taken = new RegExp(
    `^(?:(?:type|enum|input|scalar) (?:${Name}(?:Connection)?|Create${Name}Input)|  (?:${name}|${names}|create${Name}))\\b`,
    'm',
  );
  for (const file of globSync('apps/gateway/src/**/*.graphql', { cwd: tree.root })) {
    const [found] = taken.exec(textOf(tree, file)) ?? [];
    if (found !== undefined) throw new Error(`"${name}" is taken: ${file} has ${found.trim()}. Choose another name.`);
  }
}
