import { type Postgres, startPostgres } from '@reputable/postgres';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PostgresProcesses } from './postgres-processes.ts';

/** A PostgreSQL server of a spec's own, which can stall without a disadvantage to other specs. */
export class OwnPostgres {
  readonly #postgres: Postgres;
  readonly #processes: PostgresProcesses;

  private constructor(postgres: Postgres) {
    this.#postgres = postgres;
    const [postmaster] = readFileSync(join(postgres.home, 'data/postmaster.pid'), 'utf8').split('\n', 1);
    this.#processes = new PostgresProcesses(Number(postmaster));
  }

  static async start(): Promise<OwnPostgres> {
    return new OwnPostgres(await startPostgres({ fast: true }));
  }

  /** Creates a database and returns its URL. */
  createDatabase(name: string): Promise<string> {
    return this.#postgres.createDatabase(name);
  }

  /** See {@link PostgresProcesses.stall}. */
  stall(): void {
    this.#processes.stall();
  }

  /** Continues a stalled server. */
  resume(): void {
    this.#processes.resume();
  }

  async stop(): Promise<void> {
    this.resume();
    await this.#postgres.stop();
  }
}
