import type { Client } from '@grpc/grpc-js';

/** The time before a replaced client is closed, in milliseconds: longer than the longest call. */
const LINGER_MS = 10_000;

/** The longest time that a new client has to connect, and the shortest time between two attempts, in milliseconds. */
const CONNECT_MS = 3_000;

/**
 * A client that connects again whenever the certificate changes, at a certain age, and on request. gRPC keeps a connection for days, but the
 * server rejects calls on it once the client's certificate expires or is revoked, and a client looks for new replicas only when it connects. New
 * calls use the new client, with its own TLS handshake, and open calls finish on the old one.
 *
 * Neither keepalive pings of clients nor a short connection age of servers could replace this: grpc-js ends open calls when it pings a connection
 * that the server is closing (https://github.com/grpc/grpc-node/issues/3068).
 */
export class RenewedClient {
  readonly #stopListening: () => void;
  readonly #lingering = new Map<Client, NodeJS.Timeout>();
  #current: Client;
  /** Connects, to become the current client. */
  #next: Client | undefined;
  /** The time of the last attempt to connect. */
  #attempted = performance.now();

  /**
   * @param open creates a client that shares no connection with another one
   * @param onChange see `CertificateWatch.onChange`
   * @param maxAgeMs the age at which a client in use is replaced, in milliseconds. Default: none
   */
  constructor(
    readonly open: () => Client,
    onChange: (listener: () => void) => () => void,
    readonly maxAgeMs = Infinity,
  ) {
    this.#current = open();
    this.#stopListening = onChange(() => {
      this.#next?.close();
      this.#next = undefined;
      this.#replaceBy(open());
    });
  }

  /** The client for new calls. */
  get current(): Client {
    if (performance.now() - this.#attempted > this.maxAgeMs) this.#connect();
    return this.#current;
  }

  /**
   * Connects again, for instance because a call got no answer: its host may be lost. Once connected, new calls use the new client. Until then,
   * and if the connection fails, they use the present one. No effect within three seconds of the last attempt.
   */
  renew(): void {
    if (performance.now() - this.#attempted > CONNECT_MS) this.#connect();
  }

  close(): void {
    this.#stopListening();
    for (const [client, timer] of this.#lingering) {
      clearTimeout(timer);
      client.close();
    }
    const next = this.#next;
    this.#next = undefined;
    next?.close();
    this.#current.close();
  }

  #connect(): void {
    if (this.#next) return;
    this.#attempted = performance.now();
    const next = (this.#next = this.open());
    next.waitForReady(Date.now() + CONNECT_MS, (error) => {
      if (this.#next !== next) return;
      this.#next = undefined;
      if (error) next.close();
      else this.#replaceBy(next);
    });
  }

  #replaceBy(client: Client): void {
    const former = this.#current;
    this.#current = client;
    this.#attempted = performance.now();
    const end = () => {
      this.#lingering.delete(former);
      former.close();
    };
    this.#lingering.set(former, setTimeout(end, LINGER_MS).unref());
  }
}
