import type { Tree } from '@nx/devkit';
import { formatted } from './render.ts';

/** The text of a file of the workspace. */
export function textOf(tree: Tree, file: string): string {
  const text = tree.read(file, 'utf8');
  if (text === null) throw new Error(`${file} does not exist.`);
  return text;
}

/** Changes a file, and formats it. */
export async function edit(tree: Tree, file: string, change: (text: string) => string): Promise<void> {
  const before = textOf(tree, file);
  const after = change(before);
  if (after !== before) tree.write(file, await formatted(file, after));
}
