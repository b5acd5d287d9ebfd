import type { Client } from '@grpc/grpc-js';

/** How long a client that is not used any more is kept for its calls to end, in milliseconds: more than any of them may take. */
const LINGER_MS = 10_000;

/**
 * A client whose connections are as new as the certificate. gRPC keeps a connection for days, but a server takes calls on it only until
 * the certificate that it was opened with expires or is revoked. So with every change a new client takes the calls from then on, with a
 * handshake of its own, and the calls at hand end on the old one.
 */
export class RenewedClient {
  readonly #stopListening: () => void;
  readonly #lingering = new Map<Client, NodeJS.Timeout>();
  #current: Client;

  /**
   * @param open makes a client that shares no connection with another
   * @param onChange see `CertificateWatch.onChange`
   */
  constructor(open: () => Client, onChange: (listener: () => void) => () => void) {
    this.#current = open();
    this.#stopListening = onChange(() => {
      this.#retire(this.#current);
      this.#current = open();
    });
  }

  /** The client for a call that is placed now. */
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
