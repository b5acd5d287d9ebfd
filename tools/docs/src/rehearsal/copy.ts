import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh clone of the last commit, with a copy of node_modules. */
export class Copy {
  readonly folder: string;
  readonly #temporary: string;

  constructor(root: string) {
    this.#temporary = mkdtempSync(join(tmpdir(), 'reputable-rehearsal-'));
    // PostgreSQL can run as another user, who needs access to its data.
    chmodSync(this.#temporary, 0o711);
    this.folder = join(this.#temporary, 'reputable');
    execFileSync('git', ['clone', '--quiet', root, this.folder], { stdio: 'inherit' });
    const [from, to] = [join(root, 'node_modules'), join(this.folder, 'node_modules')];
    try {
      execFileSync('cp', ['-RPl', from, to], { stdio: 'ignore' });
    } catch {
      // The folder is on another file system, or cp lacks links.
      rmSync(to, { recursive: true, force: true });
      execFileSync('cp', ['-RP', from, to], { stdio: 'inherit' });
    }
    rmSync(join(to, '.cache'), { recursive: true, force: true });
  }

  remove(): void {
    rmSync(this.#temporary, { recursive: true, force: true });
  }
}
