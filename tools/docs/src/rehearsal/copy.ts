import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh clone of what is committed, with the packages that are installed: node_modules is not fetched again, and not shared either. */
export class Copy {
  readonly folder: string;
  readonly #temporary: string;

  constructor(root: string) {
    this.#temporary = mkdtempSync(join(tmpdir(), 'reputable-rehearsal-'));
    // PostgreSQL may run as another user, who must get through to its data.
    chmodSync(this.#temporary, 0o711);
    this.folder = join(this.#temporary, 'reputable');
    execFileSync('git', ['clone', '--quiet', root, this.folder], { stdio: 'inherit' });
    const [from, to] = [join(root, 'node_modules'), join(this.folder, 'node_modules')];
    try {
      execFileSync('cp', ['-RPl', from, to], { stdio: 'ignore' });
    } catch {
      // Another file system, or a cp that knows no links.
      rmSync(to, { recursive: true, force: true });
      execFileSync('cp', ['-RP', from, to], { stdio: 'inherit' });
    }
    rmSync(join(to, '.cache'), { recursive: true, force: true });
  }

  remove(): void {
    rmSync(this.#temporary, { recursive: true, force: true });
  }
}
