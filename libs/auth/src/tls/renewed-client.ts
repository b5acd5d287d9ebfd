import type { Client } from '@grpc/grpc-js';

/** The time before a replaced client is closed, in milliseconds: longer than the longest call. */
const LINGER_MS = 10_000;

/**
 * A client that reconnects whenever the certificate changes. gRPC keeps a connection for days, but the server rejects calls on it once the
 * client's certificate expires or is revoked. After a change, new calls use a new client with its own TLS handshake, and open calls finish
 * on the old one.
 */
export class RenewedClient {
  readonly #stopListening: () => void;
  readonly #lingering = new Map<Client, NodeJS.Timeout>();
  #current: Client;

  /**
   * @param open creates a client that shares no connection with another one
   * @param onChange see `CertificateWatch.onChange`
   */
  constructor(open: () => Client, onChange: (listener: () => void) => () => void) {
    this.#current = open();
    this.#stopListening = onChange(() => {
      this.#retire(this.#current);
      this.#current = open();
    });
  }

  /** The client for new calls. */
  get current(): Client {
    return this.#current;
  }

  close(): void {
    this.#stopListening();
    for (const [client, timer] of this.#lingering) {
      clearTimeout(timer);
      client.close();
    }
    this.#current.close();
  }

  #retire(client: Client): void {
    const end = () => {
      this.#lingering.delete(client);
      client.close();
    };
    this.#lingering.set(client, setTimeout(end, LINGER_MS).unref());
  }
}
