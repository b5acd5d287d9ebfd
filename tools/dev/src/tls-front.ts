import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';

const HOST = '127.0.0.1';
/** The first byte of a TLS connection: a handshake record (RFC 8446 §5.1). */
const HANDSHAKE = 0x16;
/** How often to read the certificate again, which the launcher renews. */
const RELOAD_MS = 60_000;
/** The longest time until the first byte of a connection and until the end of its handshake, in milliseconds. Then the service's own bounds apply. */
const ARRIVAL_MS = 5_000;

/** Answers https, and http, at one port of this machine, in place of a service that listens for http at another port. */
export class TlsFront {
  readonly #open = new Set<Socket>();
  readonly #timer = setInterval(() => this.reload(), RELOAD_MS).unref();

  private constructor(
    private readonly front: Server,
    private readonly tls: TlsServer,
    private readonly dir: string,
  ) {
    front.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
  }

  /**
   * @param port the port for both
   * @param inner the port of the service
   * @param dir the folder with the certificate and its key
   */
  static async start(port: number, inner: number, dir: string, arrivalMs = ARRIVAL_MS): Promise<TlsFront> {
    const options = { ...identityIn(dir), handshakeTimeout: arrivalMs };
    const tls = createTlsServer(options, (socket) => forward(socket, inner));
    tls.on('tlsClientError', (_, socket) => socket.destroy());
    const front = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.setTimeout(arrivalMs, () => socket.destroy());
      socket.once('data', (start: Buffer) => {
        socket.setTimeout(0);
        socket.pause();
        socket.unshift(start);
        if (start[0] === HANDSHAKE) tls.emit('connection', socket);
        else forward(socket, inner);
      });
    });
    await once(front.listen(port, HOST), 'listening');
    return new TlsFront(front, tls, dir);
  }

  /** Reads the certificate again. Keeps the former one if it cannot: a renewal may have replaced one of both files. */
  reload(): void {
    try {
      this.tls.setSecureContext(identityIn(this.dir));
    } catch {
      // The next reload is a minute away.
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const closed = once(this.front.close(), 'close');
    for (const socket of this.#open) socket.destroy();
    await closed;
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
