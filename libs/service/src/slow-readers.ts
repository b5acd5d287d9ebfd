import { Logger } from '@nestjs/common';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

/** How much a server keeps for readers that do not read. */
export interface DeliveryBounds {
  /** The longest time that a response waits for its reader, in milliseconds. Default: 30 seconds. */
  readonly deliveryMs?: number | undefined;
  /** What all connections together may leave unread. Default: 128 MB. Above it, those with the most are closed. */
  readonly unreadBytes?: number | undefined;
}

/** The pause between two checks, in milliseconds. */
const CHECK_MS = 1_000;

/** The shortest time between two warnings, in milliseconds. */
const PAUSE_MS = 60_000;

/** A connection of a client. */
class Connection {
  /** The responses that are not sent yet. Those of pipelined requests wait in memory, without a socket, for the first. */
  readonly responses = new Set<ServerResponse>();
  /** The time since which something is unread. */
  since: number | undefined;

  constructor(readonly socket: Socket) {}

  /** What the client has not read, in bytes. */
  get unread(): number {
    let bytes = this.socket.writableLength;
    for (const response of this.responses) if (response.socket === null) bytes += response.writableLength;
    return bytes;
  }

  add(response: ServerResponse): void {
    this.responses.add(response);
    // The next response has a time of its own.
    response.once('finish', () => (this.since = undefined));
    response.once('close', () => this.responses.delete(response));
  }

  /** Returns what is unread, and how long something has been. */
  check(now: number): { readonly unread: number; readonly waitedMs: number } {
    const { unread } = this;
    this.since = unread > 0 ? (this.since ?? now) : undefined;
    return { unread, waitedMs: now - (this.since ?? now) };
  }
}

/**
 * Closes connections that do not read their responses: Node has no bound for them, and keeps what is unread in memory.
 *
 * @param server an HTTP server, with or without TLS
 */
export function closeSlowReaders(server: Server, { deliveryMs = 30_000, unreadBytes = 128 * 1024 ** 2 }: DeliveryBounds = {}): void {
  const log = new Logger('http');
  const connections = new Map<Socket, Connection>();
  let warnedAt = -Infinity;
  const close = ({ socket }: Connection, unread: number) => {
    socket.destroy();
    if (performance.now() - warnedAt < PAUSE_MS) return;
    warnedAt = performance.now();
    log.warn({ msg: 'connection closed: its client does not read the response', unreadBytes: unread });
  };
  const check = () => {
    const now = performance.now();
    const open: { readonly connection: Connection; readonly unread: number }[] = [];
    for (const connection of connections.values()) {
      const { unread, waitedMs } = connection.check(now);
      if (waitedMs > deliveryMs) close(connection, unread);
      else if (unread > 0) open.push({ connection, unread });
    }
    let left = open.reduce((sum, { unread }) => sum + unread, 0);
    if (left <= unreadBytes) return;
    for (const { connection, unread } of open.toSorted((one, other) => other.unread - one.unread)) {
      if (left <= unreadBytes) return;
      left -= unread;
      close(connection, unread);
    }
  };
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.set(socket, new Connection(socket));
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => connections.get(socket)?.add(response));
  const timer = setInterval(check, Math.min(CHECK_MS, deliveryMs)).unref();
  server.on('close', () => {
    clearInterval(timer);
  });
}
