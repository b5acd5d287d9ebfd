import { Logger } from '@nestjs/common';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { DatabaseSilent } from './database-silent.ts';
import { Probe } from './probe.ts';

/**
 * The interval of the checks, in milliseconds. All times are counted in checks: after a pause of this process only one of them is due, so the
 * pause does not count against the server.
 */
const CHECK_MS = 200;

/** The number of checks that a connection may wait for the server before a probe asks whether the server answers at all. */
const SUSPICIOUS = 2;

/** The number of checks between two probes while some connection waits and the server answers. */
const PROBE_EVERY = 5;

/** The options of a {@link WatchedPool}. */
export interface WatchedPoolOptions extends pg.PoolConfig {
  /** The time in which the server answers every statement or refuses it, in milliseconds. A connection without an answer is lost after it. */
  readonly answerWithinMs?: number;
  /** The same while callers wait for a connection: no caller waits for an answer this long. */
  readonly crowdedAnswerWithinMs?: number;
}

type Callback = Parameters<pg.Pool['connect']>[0];

/** The parts of pg's client that show whether it waits for the server. They are not in pg's types. */
interface Watched {
  /** False while a statement runs, undefined while connecting. */
  readonly readyForQuery?: boolean;
  readonly connection: { readonly stream: Duplex & { readonly bytesRead?: number } };
}

/** The bytes that a client had received at the last check, and the number of checks for which it has waited since. */
interface Wait {
  readonly bytes: number;
  readonly checks: number;
}

/**
 * A connection pool that recognizes a server which has stopped answering: stalled, or cut off without a closed connection. It then closes all
 * waiting connections and refuses new work with {@link DatabaseSilent}, until a probe gets an answer. Otherwise callers would wait for
 * connections of the time before, and those for answers that nobody expects any more.
 *
 * A statement may be slow without being suspected: the probe opens a connection of its own, and while that works, only single connections are
 * given up, after `answerWithinMs`. The checks read two properties of each connection, five times a second, and nothing per statement.
 */
export class WatchedPool extends pg.Pool {
  readonly #log = new Logger('database');
  readonly #waits = new WeakMap<Watched, Wait>();
  readonly #watch: WatchedPoolOptions;
  readonly #timer: NodeJS.Timeout;
  #probe: Probe | undefined;
  #checksToProbe = 0;
  /** Whether any client has received something since the probe started. */
  #heard = false;
  #silentSince: number | undefined;

  constructor(options: WatchedPoolOptions = {}) {
    super(options);
    this.#watch = options;
    this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
  }

  /** Refuses at once while the server is silent. */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    if (this.#silentSince === undefined) return connect.call(this, callback);
    const error = new DatabaseSilent();
    if (!callback) return Promise.reject(error);
    callback(error, undefined, () => undefined);
    return undefined;
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | undefined {
    clearInterval(this.#timer);
    this.#probe?.close();
    return end.call(this, callback);
  }

  #check(): void {
    const { answerWithinMs = Infinity, crowdedAnswerWithinMs = answerWithinMs } = this.#watch;
    const lost = (this.waitingCount > 0 ? crowdedAnswerWithinMs : answerWithinMs) / CHECK_MS;
    const isSilent = this.#silentSince !== undefined;
    let suspicious = isSilent;
    for (const client of this.#clients) {
      const checks = this.#checksWithoutAnswer(client);
      suspicious ||= checks >= SUSPICIOUS;
      if (checks >= (isSilent ? 0 : lost)) abandon(client);
    }
    if (this.#probe) this.#conclude(this.#probe);
    else if (suspicious && (this.#checksToProbe -= 1) <= 0) this.#startProbe();
  }

  #startProbe(): void {
    this.#heard = false;
    this.#probe = new Probe(this.options);
  }

  #conclude(probe: Probe): void {
    const outcome = probe.check();
    if (outcome === 'pending') return;
    this.#probe = undefined;
    if (outcome === 'answered' || this.#heard) this.#answers();
    else this.#isSilent();
  }

  #isSilent(): void {
    this.#checksToProbe = 0;
    if (this.#silentSince !== undefined) return;
    this.#silentSince = performance.now();
    this.#log.warn({ msg: 'database silent', connections: this.totalCount });
    for (const { callback } of this.#pending.splice(0)) callback(new DatabaseSilent(), undefined, () => undefined);
    for (const client of this.#clients) abandon(client);
  }

  #answers(): void {
    this.#checksToProbe = PROBE_EVERY;
    if (this.#silentSince === undefined) return;
    this.#log.warn({ msg: 'database answered', silentMs: Math.round(performance.now() - this.#silentSince) });
    this.#silentSince = undefined;
  }

  /** All clients, including those that still connect, of which pg's events tell nothing. */
  get #clients(): readonly Watched[] {
    return (this as unknown as { readonly _clients: readonly Watched[] })._clients;
  }

  /** The callers that wait for a connection. pg would make new connections for them one after the other. */
  get #pending(): { readonly callback: Callback }[] {
    return (this as unknown as { readonly _pendingQueue: { readonly callback: Callback }[] })._pendingQueue;
  }

  /** The number of checks for which a client has waited and received nothing; -1 if it does not wait. */
  #checksWithoutAnswer(client: Watched): number {
    const { bytesRead: bytes = 0 } = client.connection.stream;
    const last = this.#waits.get(client) ?? { bytes: 0, checks: -1 };
    this.#heard ||= bytes > last.bytes;
    const checks = client.readyForQuery === true ? -1 : bytes > last.bytes ? 0 : last.checks + 1;
    this.#waits.set(client, { bytes, checks });
    return checks;
  }
}

/** The methods of the pool with all their overloads as one. */
const { connect, end } = pg.Pool.prototype as unknown as {
  readonly connect: (callback?: Callback) => Promise<pg.PoolClient> | undefined;
  readonly end: (callback?: () => void) => Promise<void> | undefined;
};

/** Ends a connection without a word to the server. Its statement fails with {@link DatabaseSilent}, and the pool drops it. */
function abandon(client: Watched): void {
  client.connection.stream.destroy(new DatabaseSilent());
}
