import { type FSWatcher, globSync, watch } from 'node:fs';
import { join } from 'node:path';

/**
 * Tells that something below some folders may have changed; what, is for the listener to find out.
 *
 * There is a watch for each folder, as Node's recursive one loses sight of a file that an editor replaces instead of writing to it
 * (Linux, Node 24).
 */
export class FolderWatch {
  readonly #root: string;
  readonly #folders: readonly string[];
  readonly #listener: () => void;
  readonly #watches = new Map<string, FSWatcher>();

  constructor(root: string, folders: readonly string[], listener: () => void) {
    this.#root = root;
    this.#folders = folders;
    this.#listener = listener;
    this.refresh();
  }

  /** Finds folders that are new, and forgets those that are gone. */
  refresh(): void {
    const below = this.#folders.flatMap((folder) =>
      globSync([folder, `${folder}/**/`], { cwd: this.#root, exclude: ['**/node_modules/**', '**/dist/**'] }),
    );
    const there = new Set(below.map((folder) => join(this.#root, folder)));
    for (const [folder, each] of this.#watches) {
      if (there.has(folder)) continue;
      each.close();
      this.#watches.delete(folder);
    }
    for (const folder of there) if (!this.#watches.has(folder)) this.#open(folder);
  }

  close(): void {
    for (const each of this.#watches.values()) each.close();
    this.#watches.clear();
  }

  #open(folder: string): void {
    try {
      const opened = watch(folder, this.#listener);
      opened.on('error', () => opened.close());
      this.#watches.set(folder, opened);
    } catch (error) {
      // Gone since it was found: its parent tells.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
