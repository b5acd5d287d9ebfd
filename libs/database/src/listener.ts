import { Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { urlOf } from './data-source.ts';

/** Runs a query on the connection that listens. */
export type Read = <Row extends object>(sql: string) => Promise<Row[]>;

/** What is listened to, and what is done about it. */
export interface ListenerOptions {
  /** The service's database. */
  readonly dataSource: DataSource;
  /** The channel of `NOTIFY`. */
  readonly channel: string;
  /** Told every payload, in the order of the commits. */
  readonly onNotify: (payload: string) => void;
  /** Runs on every new connection, once it listens: whatever was notified of before is to be read here. */
  readonly onConnect: (read: Read) => Promise<void>;
  /** Runs about every second while the connection is known to be alive: all that was notified of before has been told. */
  readonly onAlive: () => void;
}

/** How often the connection is tried, in milliseconds. */
const PROBE_MS = 1_000;

/** How long the database may take to answer, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** How long to wait before a new connection, in milliseconds. */
const PAUSE_MS = 200;

/** Listens on a channel of PostgreSQL, on a connection of its own; when that is lost, on a new one. Nothing is missed in between. */
export class Listener {
  readonly #log = new Logger('listener');
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<undefined>();
  #loop: Promise<void> | undefined;

  constructor(readonly options: ListenerOptions) {}

  /** Begins to listen; resolves when it does for the first time. */
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
        this.#log.warn({ msg: 'the connection is lost, and will be made again', channel: this.options.channel, reason });
      });
      await setTimeout(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Runs for as long as one connection lives. */
  async #listen(): Promise<void> {
    const { dataSource, channel, onNotify, onConnect, onAlive } = this.options;
    const client = new pg.Client({
      connectionString: urlOf(dataSource),
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
      application_name: 'listener',
    });
    const lost = new Promise<never>((_resolve, reject) => {
      client.once('error', reject);
      client.once('end', () => reject(new Error('The connection ended.')));
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
      // A connection that is dead does not say goodbye either.
      await Promise.race([client.end().catch(() => undefined), setTimeout(TIMEOUT_MS, undefined, { ref: false })]);
    }
  }
}
