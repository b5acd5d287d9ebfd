import type { Socket } from 'node:net';
import pg from 'pg';

/** The number of checks within which the server must send its next answer. */
const CHECKS = 3;

/** One attempt to log in to a server. Any answer counts, such as "too many connections". */
export class Probe {
  readonly #client: pg.Client;
  #outcome: 'pending' | 'answered' | 'failed' = 'pending';
  #checks = 0;
  #bytes = 0;

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

  /**
   * The outcome so far. Call it at equal intervals: after three of them without an answer, an attempt has failed. A log-in takes several answers, and
   * a busy process reads one between two checks.
   */
  check(): 'pending' | 'answered' | 'failed' {
    const { bytesRead } = this.#client.connection.stream as Socket;
    this.#checks = bytesRead > this.#bytes ? 0 : this.#checks + 1;
    this.#bytes = bytesRead;
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
