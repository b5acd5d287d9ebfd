import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { joinSockets } from './joined-sockets.ts';

/** A TCP relay in front of a service. While it is down, connections are refused, as if the service were. */
export class Relay {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #port = 0;

  private constructor(target: () => number) {
    this.#server = createServer((client) => {
      const service = connect(target(), '127.0.0.1');
      joinSockets(client, service, this.#sockets);
    });
  }

  /** Starts on a free port. @param target the port of the service */
  static async start(target: () => number): Promise<Relay> {
    const relay = new Relay(target);
    await relay.up();
    relay.#port = (relay.#server.address() as AddressInfo).port;
    return relay;
  }

  /** The address to connect to in place of the service's. */
  get url(): string {
    return `localhost:${String(this.#port)}`;
  }

  /** Stops listening and ends open connections. */
  down(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resets open connections, as a firewall does. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Passes nothing on any more over its open connections, and leaves them open, as if the host of the service were lost. */
  lose(): void {
    for (const socket of this.#sockets) socket.pause().unpipe();
  }

  /** Listens, on the former port if there was one. */
  async up(): Promise<void> {
    await once(this.#server.listen(this.#port, '127.0.0.1').unref(), 'listening');
  }
}
