import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

const HOST = '127.0.0.1';

/** A balancer of connections in front of the HTTP ports of a service: each connection goes to the first replica that accepts it. */
export class Front {
  /** The ports of the replicas. */
  ports: readonly number[] = [];
  readonly #open = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (client: Socket) => {
      this.#open.add(client);
      client.once('close', () => this.#open.delete(client));
      this.#forward(client, this.ports);
    });
  }

  static async start(): Promise<Front> {
    const server = createServer();
    await once(server.listen(0, HOST).unref(), 'listening');
    return new Front(server);
  }

  get url(): string {
    return `http://localhost:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #forward(client: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) {
      client.destroy();
      return;
    }
    const replica = connect(port, HOST);
    const next = () => this.#forward(client, others);
    replica.once('error', next).once('connect', () => {
      replica.off('error', next);
      const end = () => {
        client.destroy();
        replica.destroy();
      };
      pipeline(client, replica, end);
      pipeline(replica, client, end);
    });
  }
}
