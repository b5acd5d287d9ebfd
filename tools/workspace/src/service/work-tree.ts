import { execFileSync } from 'node:child_process';

/** The state of the workspace in git. */
export class WorkTree {
  readonly root: string;

  // Nx loads the generator by Node's removal of types, which refuses parameter properties.
  constructor(root: string) {
    this.root = root;
  }

  /** The files below these paths, or anywhere, that are new or changed; not those that were deleted. */
  changes(...paths: readonly string[]): string[] {
    const entries = this.#git('status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '--', ...paths).split('\0');
    return entries.filter((entry) => entry !== '' && !/^.?D/.test(entry)).map((entry) => entry.slice(3));
  }

  /** Whether git has no changes to commit. */
  get isClean(): boolean {
    return this.#git('status', '--porcelain') === '';
  }

  /** The files that contain a text and that git tracks or could track. */
  filesWith(text: string, ...paths: readonly string[]): string[] {
    try {
      return this.#git('grep', '--untracked', '--files-with-matches', '--fixed-strings', '-e', text, '--', ...paths)
        .trim()
        .split('\n');
    } catch (error) {
      if ((error as { status?: number }).status === 1) return [];
      throw error;
    }
  }

  #git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  }
}
