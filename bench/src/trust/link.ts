import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A network link in front of some ports, which can be slow or cut. It relays TCP connections. */
export class Link {
  /** How long the bytes in each direction are delayed, in milliseconds. */
  delayMs = 0;
  readonly #ports = new Map<number, number>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #whole: Promise<unknown> = Promise.resolve();
  #end: () => void = () => undefined;

  private constructor() {}

  /** @param targets the ports behind the link */
  static async start(targets: readonly number[]): Promise<Link> {
    const link = new Link();
    for (const target of targets) await link.#listen(target);
    return link;
  }

  /** The port in front of the link that leads to a target. */
  to(target: number): number {
    const port = this.#ports.get(target);
    if (port === undefined) throw new Error(`The link does not lead to port ${target}.`);
    return port;
  }

  /** Delivers nothing until {@link mend}. Then it delivers the bytes that were sent meanwhile, as TCP does after a partition. */
  cut(): void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#whole = promise;
    this.#end = () => resolve(undefined);
  }

  mend(): void {
    this.#end();
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listen(target: number): Promise<void> {
    const server = createServer((client) => {
      const service = connect(target, '127.0.0.1');
      this.#relay(client, service);
      this.#relay(service, client);
    });
    await once(server.listen(0, '127.0.0.1').unref(), 'listening');
    this.#servers.push(server);
    this.#ports.set(target, (server.address() as AddressInfo).port);
  }

  #relay(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    let last = Promise.resolve();
    const later = (act: () => void) => {
      const arrived = performance.now();
      last = last.then(() => this.#passed(arrived)).then(act);
    };
    from.on('data', (chunk) => later(() => to.write(chunk)));
    // The event `close` follows.
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      later(() => to.destroy());
    });
  }

  /** Resolves when bytes that arrived at this time leave the link. */
  async #passed(arrived: number): Promise<void> {
    await this.#whole;
    const left = arrived + this.delayMs - performance.now();
    if (left > 0) await sleep(left);
  }
}
