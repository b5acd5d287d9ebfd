import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { missingFrom } from './steps.ts';

/** The longest time that a program takes to start, and to end after Ctrl-C. */
const PATIENCE_MS = 120_000;
const POLL_MS = 100;

/** Another terminal, for a program that keeps running. */
export class Terminal {
  output = '';
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  constructor(command: string, cwd: string, env: Readonly<Record<string, string>>) {
    // Ctrl-C reaches all processes of the group.
    this.#child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#gone = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.output += chunk));
    }
  }

  /** Resolves with undefined once the program has printed all lines, or with the missing line when it ends or time is up. */
  async says(expected: readonly string[]): Promise<string | undefined> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const missing = missingFrom(this.output, expected);
      if (missing === undefined || Date.now() > deadline || this.#child.exitCode !== null) return missing;
      await sleep(POLL_MS);
    }
  }

  /** Presses Ctrl-C and waits for the end of the program. */
  async stop(): Promise<void> {
    const { pid, exitCode } = this.#child;
    if (pid === undefined || exitCode !== null) return;
    process.kill(-pid, 'SIGINT');
    const late = setTimeout(() => process.kill(-pid, 'SIGKILL'), PATIENCE_MS);
    await this.#gone;
    clearTimeout(late);
  }
}
