import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';

const HOST = '127.0.0.1';
/** The first byte of a TLS connection: a handshake record (RFC 8446 §5.1). */
const HANDSHAKE = 0x16;
/** How often to read the certificate again, which the launcher renews. */
const RELOAD_MS = 60_000;

/** Answers https, and http, at one port of this machine, in place of a service that listens for http at another port. */
export class TlsFront {
  readonly #open = new Set<Socket>();

  private constructor(
    private readonly servers: readonly Server[],
    private readonly timer: NodeJS.Timeout,
  ) {
    for (const server of servers) {
      server.on('connection', (socket) => {
        this.#open.add(socket);
        socket.once('close', () => this.#open.delete(socket));
      });
    }
  }

  /**
   * @param port the port for both
   * @param inner the port of the service
   * @param dir the folder with the certificate and its key
   */
  static async start(port: number, inner: number, dir: string): Promise<TlsFront> {
    const tls = createTlsServer(identityIn(dir), (socket: TLSSocket) => forward(socket, inner));
    tls.on('tlsClientError', () => undefined);
    await once(tls.listen(0, HOST), 'listening');
    const { port: tlsPort } = tls.address() as AddressInfo;
    const front = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (start: Buffer) => {
        socket.pause();
        socket.unshift(start);
        forward(socket, start[0] === HANDSHAKE ? tlsPort : inner);
      });
    });
    await once(front.listen(port, HOST), 'listening');
    const timer = setInterval(() => tls.setSecureContext(identityIn(dir)), RELOAD_MS).unref();
    return new TlsFront([front, tls], timer);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    const closed = this.servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#open) socket.destroy();
    await Promise.all(closed);
  }
}

const identityIn = (dir: string) => ({ cert: readFileSync(join(dir, 'tls.crt')), key: readFileSync(join(dir, 'tls.key')) });

function forward(socket: Socket, port: number): void {
  const other = connect(port, HOST);
  const end = () => {
    socket.destroy();
    other.destroy();
  };
  pipeline(socket, other, end);
  pipeline(other, socket, end);
}
