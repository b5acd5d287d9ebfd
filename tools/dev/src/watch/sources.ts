import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What services are made of, and the contract. What only specs use is no reason to restart anything. */
const SOURCES = '**/*.{ts,js,json,graphql,sql,proto}';
const OTHERS = [
  '**/node_modules/**',
  '**/dist/**',
  '**/coverage/**',
  '**/*.spec.ts',
  '**/*.fixture.ts',
  '**/fixture/**',
  '**/src/testing/**',
];

/** The files that a running system is made from, as they were when it was last looked. */
export class Sources {
  readonly #root: string;
  readonly #folders: readonly string[];
  #known: ReadonlyMap<string, string>;

  /** @param folders relative to the root, as all files are */
  constructor(root: string, folders: readonly string[]) {
    this.#root = root;
    this.#folders = folders;
    this.#known = this.#read();
  }

  /** The files that are new, gone, or not what they were when last looked. A file that was saved as it was is none. */
  changes(): string[] {
    const before = this.#known;
    this.#known = this.#read();
    return [...new Set([...before.keys(), ...this.#known.keys()])].filter((file) => before.get(file) !== this.#known.get(file)).sort();
  }

  #read(): ReadonlyMap<string, string> {
    const files = this.#folders.flatMap((folder) => globSync(`${folder}/${SOURCES}`, { cwd: this.#root, exclude: OTHERS }));
    return new Map(files.map((file) => [file, this.#digest(file)]));
  }

  #digest(file: string): string {
    try {
      return createHash('sha1')
        .update(readFileSync(join(this.#root, file)))
        .digest('base64');
    } catch {
      // Gone since it was listed: the next look tells.
      return '';
    }
  }
}
