import { type Postgres, startPostgres } from '@reputable/postgres';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A PostgreSQL server of a spec's own, which can stall without a disadvantage to other specs. */
export class OwnPostgres {
  readonly #postgres: Postgres;
  readonly #postmaster: number;
  #stalled: readonly number[] = [];

  private constructor(postgres: Postgres) {
    this.#postgres = postgres;
    this.#postmaster = Number(readFileSync(join(postgres.home, 'data/postmaster.pid'), 'utf8').split('\n', 1)[0]);
  }

  static async start(): Promise<OwnPostgres> {
    return new OwnPostgres(await startPostgres({ fast: true }));
  }

  /** Creates a database and returns its URL. */
  createDatabase(name: string): Promise<string> {
    return this.#postgres.createDatabase(name);
  }

  /** Stops all processes of the server by SIGSTOP: it keeps its connections, and answers nothing. */
  stall(): void {
    process.kill(this.#postmaster, 'SIGSTOP');
    this.#stalled = [this.#postmaster, ...childrenOf(this.#postmaster)];
    for (const pid of this.#stalled) process.kill(pid, 'SIGSTOP');
  }

  /** Continues a stalled server. */
  resume(): void {
    for (const pid of this.#stalled) process.kill(pid, 'SIGCONT');
    this.#stalled = [];
  }

  async stop(): Promise<void> {
    this.resume();
    await this.#postgres.stop();
  }
}

function childrenOf(pid: number): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    return [];
  }
}
