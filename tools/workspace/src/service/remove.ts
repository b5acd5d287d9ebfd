import type { GeneratorCallback, Tree } from '@nx/devkit';
import { regenerate, sweep, unlink } from './follow-up.ts';
import { withoutApp } from './lock.ts';
import { type Names, namesOf } from './names.ts';
import { places } from './places.ts';
import { portsIn, portTable } from './ports.ts';
import { filesOf } from './render.ts';
import { edit, textOf } from './text.ts';
import { WorkTree } from './work-tree.ts';

/** Others are built on these. */
const OURS = ['gateway', 'auth', 'user', 'post', 'comment'];
const CODE = 'libs/contracts/src/gen/reputable';
const RELEASED = 'proto/released.binpb';

/**
 * Removes a service with every mention of it. What git has not got, and the generator would not write again, is never lost.
 *
 * @throws {Error} in one line that says what to do, before anything is removed
 */
export async function removeService(tree: Tree, name: string): Promise<GeneratorCallback> {
  if (OURS.includes(name))
    throw new Error(`${name} is a part of Reputable, which others are built on: it is not for this generator to remove.`);
  const names = namesOf(name);
  const port = portsIn(textOf(tree, portTable)).get(name);
  if (port === undefined) throw new Error(`There is no service named ${name} to remove: ${portTable} has its name nowhere.`);
  const service = { ...names, port };
  const own = [`apps/${name}`, `proto/reputable/${name}`, `apps/gateway/src/${name}`, `e2e/src/access/${name}.access.ts`];
  const workTree = new WorkTree(tree.root);

  const written = await filesOf(service);
  const changed = workTree.changes(...own).find((file) => tree.read(file, 'utf8') !== written.get(file));
  if (changed !== undefined)
    throw new Error(`${changed} has changes that are not committed, and would be lost. Commit or undo them, then remove ${name}.`);
  refuseUsed(tree, workTree, names, own);

  for (const path of own) tree.delete(path);
  for (const { file, remove } of places) await edit(tree, file, (text) => remove(text, service));
  tree.write('package-lock.json', withoutApp(textOf(tree, 'package-lock.json'), name));
  return () => {
    sweep(tree.root, own);
    unlink(tree.root, name);
    regenerate(tree.root);
    console.log(`\nThe ${name} service is gone. Its data, if npm start has made any, are in .data until you delete that.`);
  };
}

/** Others that use it would no longer work; a contract that was released is a promise. */
function refuseUsed(tree: Tree, workTree: WorkTree, { name }: Names, own: readonly string[]): void {
  const shared = new Set(places.map(({ file }) => file));
  const isOther = (file: string) =>
    !shared.has(file) && ![...own, `${CODE}/${name}`].some((path) => file === path || file.startsWith(`${path}/`));
  const code = ['apps', 'libs', 'tools', 'e2e', 'bench'].map((folder) => `${folder}/*.ts`);
  const users = [
    ...workTree.filesWith(`@reputable/contracts/${name}/`, ...code),
    ...workTree.filesWith(`reputable/${name}/v1/`, 'proto/*.proto'),
    ...workTree.filesWith(`"${name}"`, 'proto/*.proto'),
  ];
  const user = users.find(isOther);
  if (user !== undefined) throw new Error(`${user} still uses ${name}. Take that out first, then remove ${name}.`);
  if (tree.read(RELEASED)?.includes(`reputable.${name}.v1`) === true && tree.exists(`proto/reputable/${name}`)) {
    throw new Error(
      `${name} is in the released contract. If nobody calls it any more: git rm -r proto/reputable/${name} && npm run proto -- release; then remove it.`,
    );
  }
}
