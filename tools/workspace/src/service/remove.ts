import type { GeneratorCallback, Tree } from '@nx/devkit';
import { registry } from '@reputable/contracts/registry';
import { regenerate, sweep, unlink } from './follow-up.ts';
import { withoutApp } from './lock.ts';
import { type Names, namesOf } from './names.ts';
import { filesOf } from './render.ts';
import { edit, textOf } from './text.ts';
import { REGISTRY, textEdits } from './text-edits.ts';
import { WorkTree } from './work-tree.ts';

/** Other services are built on these. */
const OURS = ['gateway', 'auth', 'user', 'post', 'comment'];
const CODE = 'libs/contracts/src/gen/reputable';
const RELEASED = 'proto/released.binpb';

/**
 * Removes a service and its places in shared files. Refuses if that loses changes that neither git nor the generator can restore.
 *
 * @throws {Error} in one line that says what to do, before anything is removed
 */
export async function removeService(tree: Tree, name: string): Promise<GeneratorCallback> {
  if (OURS.includes(name))
    throw new Error(`${name} is a part of Reputable that other services are built on. The generator does not remove it.`);
  const names = namesOf(name);
  const port = registry.find((each) => each.name === name)?.grpc;
  if (port === undefined) throw new Error(`There is no service ${name} to remove in ${REGISTRY}.`);
  const service = { ...names, port };
  const own = [`apps/${name}`, `proto/reputable/${name}`, `apps/gateway/src/${name}`, `e2e/src/access/${name}.access.ts`];
  const workTree = new WorkTree(tree.root);

  const written = await filesOf(service);
  const changed = workTree.changes(...own).find((file) => tree.read(file, 'utf8') !== written.get(file));
  if (changed !== undefined) throw new Error(`${changed} has changes that are not committed. Commit or undo them, then remove ${name}.`);
  refuseUsed(tree, workTree, names, own);

  for (const path of own) tree.delete(path);
  for (const { file, remove } of textEdits) await edit(tree, file, (text) => remove(text, service));
  tree.write('package-lock.json', withoutApp(textOf(tree, 'package-lock.json'), name));
  return () => {
    sweep(tree.root, own);
    unlink(tree.root, name);
    regenerate(tree.root);
    console.log(`\nRemoved the ${name} service. The data that npm start made for it stay in .data until you delete that folder.`);
  };
}

/** Refuses to remove a service that other code uses, or whose contract is released. */
function refuseUsed(tree: Tree, workTree: WorkTree, { name }: Names, own: readonly string[]): void {
  const shared = new Set(textEdits.map(({ file }) => file));
  const isOther = (file: string) =>
    !shared.has(file) && ![...own, `${CODE}/${name}`].some((path) => file === path || file.startsWith(`${path}/`));
  const code = ['apps', 'libs', 'tools', 'e2e', 'bench'].map((folder) => `${folder}/*.ts`);
  const users = [
    ...workTree.filesWith(`@reputable/contracts/${name}/`, ...code),
    ...workTree.filesWith(`reputable/${name}/v1/`, 'proto/*.proto'),
    ...workTree.filesWith(`"${name}"`, 'proto/*.proto'),
  ];
  const user = users.find(isOther);
  if (user !== undefined) throw new Error(`${user} uses ${name}. Remove that use, then remove ${name}.`);
  if (tree.read(RELEASED)?.includes(`reputable.${name}.v1`) === true && tree.exists(`proto/reputable/${name}`)) {
    throw new Error(
      `${name} is in the released contract. If no client calls it: git rm -r proto/reputable/${name} && npm run proto -- release; then remove it.`,
    );
  }
}
