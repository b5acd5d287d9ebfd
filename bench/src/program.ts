import { build } from '@reputable/build/build';
import { root } from '@reputable/run/build';
import { join } from 'node:path';

let built: Promise<void> | undefined;

/** Compiles the programs of this project as those of the services are. Returns the path of one, given relative to `bench/src`. */
export async function compiled(program: string): Promise<string> {
  const out = join(root, 'dist');
  await (built ??= build({ root, folder: 'bench', out, published: false }));
  return join(out, 'bench/src', program.replace(/ts$/, 'js'));
}
