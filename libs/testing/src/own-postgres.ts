import { type Postgres, startPostgres } from '@reputable/postgres';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBaseBackup } from './base-backup.ts';
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

  /** @param backup a folder of {@link backUp}, in which the server then runs. Default: an empty server */
  static async start(backup?: string): Promise<OwnPostgres> {
    return new OwnPostgres(await startPostgres({ fast: true, ...(backup !== undefined && { dir: backup }) }));
  }

  get port(): number {
    return this.#postgres.port;
  }

  /** Creates a database and returns its URL. */
  createDatabase(name: string): Promise<string> {
    return this.#postgres.createDatabase(name);
  }

  /** Makes a backup of all databases in a new folder, while the server runs. The caller removes the folder. */
  backUp(): Promise<string> {
    return makeBaseBackup(this.#postgres);
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
