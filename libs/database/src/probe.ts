import pg from 'pg';

/** The number of checks within which the server must answer. */
const CHECKS = 3;

/** One attempt to log in to a server. Any answer counts, such as "too many connections". */
export class Probe {
  readonly #client: pg.Client;
  #outcome: 'pending' | 'answered' | 'failed' = 'pending';
  #checks = 0;

  constructor(options: pg.ClientConfig) {
    const { connectionString, host, port, user, password, database, ssl } = options;
    this.#client = new pg.Client({
      connectionString,
      host,
      port,
      user,
      password,
      database,
      ssl,
      application_name: 'probe',
    });
    this.#client.on('error', () => undefined);
    this.#client.connect().then(
      () => this.#end('answered'),
      (error: unknown) => this.#end(error instanceof pg.DatabaseError ? 'answered' : 'failed'),
    );
  }

  /** The outcome so far. Call it at equal intervals: after three of them, an attempt without an answer has failed. */
  check(): 'pending' | 'answered' | 'failed' {
    this.#checks += 1;
    if (this.#outcome === 'pending' && this.#checks >= CHECKS) this.#end('failed');
    return this.#outcome;
  }

  close(): void {
    this.#client.connection.stream.destroy();
  }

  #end(outcome: 'answered' | 'failed'): void {
    if (this.#outcome !== 'pending') return;
    this.#outcome = outcome;
    if (outcome === 'answered') void this.#client.end().catch(() => undefined);
    else this.close();
  }
}
