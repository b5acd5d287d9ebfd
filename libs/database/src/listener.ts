import { Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { urlOf } from './data-source.ts';

/** Runs a query on the listening connection. */
export type Read = <Row extends object>(sql: string) => Promise<Row[]>;

/** The options of a {@link Listener}. */
export interface ListenerOptions {
  /** The service's database. */
  readonly dataSource: DataSource;
  /** The channel of `NOTIFY`. */
  readonly channel: string;
  /** Called with every payload, in commit order. */
  readonly onNotify: (payload: string) => void;
  /** Called on every new connection once it listens. Read the changes here whose notifications came before. */
  readonly onConnect: (read: Read) => Promise<void>;
  /** Called about every second while the connection is alive, after all earlier notifications have been delivered. */
  readonly onAlive: () => void;
}

/** The interval of the liveness query, in milliseconds. */
const PROBE_MS = 1_000;

/** The timeout of connects and queries, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** The pause before reconnecting, in milliseconds. */
const PAUSE_MS = 200;

/** Listens on a PostgreSQL channel with a dedicated connection, and reconnects when it is lost. `onConnect` covers missed notifications. */
export class Listener {
  readonly #log = new Logger('listener');
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<undefined>();
  #loop: Promise<void> | undefined;

  constructor(readonly options: ListenerOptions) {}

  /** Starts to listen. Resolves once the first connection listens. */
  start(): Promise<void> {
    this.#loop ??= this.#run();
    return this.#first.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#first.resolve(undefined);
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#listen().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.warn({ msg: 'listener disconnected', channel: this.options.channel, reason });
      });
      await setTimeout(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Listens on one connection until it is lost. */
  async #listen(): Promise<void> {
    const { dataSource, channel, onNotify, onConnect, onAlive } = this.options;
    const client = new pg.Client({
      connectionString: urlOf(dataSource),
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      application_name: 'listener',
    });
    const lost = new Promise<never>((_resolve, reject) => {
      // An error after a reset is followed by another one, for the end of the connection.
      client.on('error', reject);
      client.once('end', () => reject(new Error('connection closed')));
    });
    lost.catch(() => undefined);
    client.on('notification', ({ payload = '' }) => onNotify(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      await onConnect(async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows);
      this.#first.resolve(undefined);
      const { signal } = this.#stop;
      while (!signal.aborted) {
        await Promise.race([lost, setTimeout(PROBE_MS, undefined, { signal }).catch(() => undefined)]);
        await client.query('SELECT 1');
        onAlive();
      }
    } finally {
      // end() never resolves on a dead connection.
      await Promise.race([client.end().catch(() => undefined), setTimeout(TIMEOUT_MS, undefined, { ref: false })]);
    }
  }
}
