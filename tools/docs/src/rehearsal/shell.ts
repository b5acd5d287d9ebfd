import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

/** The output and the exit code of a command. */
export interface Outcome {
  readonly output: string;
  readonly code: number;
}

/** A shell for all blocks of a page: a block sees the variables and functions of earlier ones. */
export class Shell {
  readonly #bash: ChildProcess;
  readonly #gone: Promise<unknown>;
  readonly #mark = randomUUID();
  #output = '';

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    this.#bash = spawn('bash', ['-euo', 'pipefail'], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#gone = once(this.#bash, 'close');
    this.#bash.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.#output += chunk));
  }

  /** Runs a block, without input. */
  async run(code: string): Promise<Outcome> {
    this.#output = '';
    this.#bash.stdin?.write(`{ ${code}\n} </dev/null 2>&1\nprintf '\\n%s %s\\n' ${this.#mark} $?\n`);
    const end = new RegExp(`\\n${this.#mark} (\\d+)\\n`);
    for (;;) {
      const [mark, code] = end.exec(this.#output) ?? [];
      if (mark !== undefined) return { output: this.#output.replace(mark, ''), code: Number(code) };
      if (this.#bash.exitCode !== null) return { output: this.#output, code: this.#bash.exitCode };
      await Promise.race([this.#bash.stdout && once(this.#bash.stdout, 'data'), this.#gone]);
    }
  }

  close(): void {
    this.#bash.stdin?.end();
  }
}
