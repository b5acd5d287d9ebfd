import { execFileSync } from 'node:child_process';

/** What git knows of the workspace. */
export class WorkTree {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The files below these paths, or anywhere, that are not as they were committed; not those that are gone. */
  changes(...paths: readonly string[]): string[] {
    const entries = this.#git('status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '--', ...paths).split('\0');
    return entries.filter((entry) => entry !== '' && !/^.?D/.test(entry)).map((entry) => entry.slice(3));
  }

  /** Whether everything is committed. */
  get isClean(): boolean {
    return this.#git('status', '--porcelain') === '';
  }

  /** The files that git knows, or could, and that say something. */
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
