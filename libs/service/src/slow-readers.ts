import { Logger } from '@nestjs/common';
import type { Server, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

/** How much a server keeps for readers that do not read. */
export interface DeliveryBounds {
  /** The longest time that the rest of a response waits, in milliseconds. Default: 30 seconds. */
  readonly deliveryMs?: number | undefined;
  /** What all connections together may leave unread. Default: 128 MB. Above it, those with the most are closed. */
  readonly unreadBytes?: number | undefined;
}

/** The pause between two checks, in milliseconds. */
const CHECK_MS = 1_000;

/** The shortest time between two warnings, in milliseconds. */
const PAUSE_MS = 60_000;

/**
 * Closes connections that do not read their responses: Node has no bound for them, and keeps what is unread in memory.
 *
 * @param server an HTTP server, with or without TLS
 */
export function closeSlowReaders(server: Server, { deliveryMs = 30_000, unreadBytes = 128 * 1024 ** 2 }: DeliveryBounds = {}): void {
  const log = new Logger('http');
  /** The connections, each with the time since which it has left something unread. */
  const since = new Map<Socket, number | undefined>();
  let warnedAt = -Infinity;
  const close = (socket: Socket) => {
    socket.destroy();
    if (performance.now() - warnedAt < PAUSE_MS) return;
    warnedAt = performance.now();
    log.warn({ msg: 'connection closed: its client does not read the response', unreadBytes: socket.writableLength });
  };
  const check = () => {
    const now = performance.now();
    let unread = 0;
    for (const [socket, from = now] of since) {
      since.set(socket, socket.writableLength > 0 ? from : undefined);
      if (socket.writableLength > 0 && now - from > deliveryMs) close(socket);
      else unread += socket.writableLength;
    }
    if (unread <= unreadBytes) return;
    for (const socket of [...since.keys()].toSorted((one, other) => other.writableLength - one.writableLength)) {
      if (unread <= unreadBytes) return;
      unread -= socket.writableLength;
      close(socket);
    }
  };
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    since.set(socket, undefined);
    socket.once('close', () => since.delete(socket));
  });
  const timer = setInterval(check, Math.min(CHECK_MS, deliveryMs)).unref();
  server.on('close', () => {
    clearInterval(timer);
  });
}
