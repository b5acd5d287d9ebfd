import { Logger } from '@nestjs/common';
import type { Server } from 'node:net';

/** The shortest time between two warnings, in milliseconds. */
const PAUSE_MS = 60_000;

/** Warns at most once a minute that a server has refused connections because it has `MAX_CONNECTIONS` open. */
export function warnOfRefusedConnections(server: Server, maxConnections: number): void {
  const log = new Logger('http');
  let warnedAt = -Infinity;
  server.on('drop', () => {
    if (performance.now() - warnedAt < PAUSE_MS) return;
    warnedAt = performance.now();
    log.warn({ msg: 'connections refused: MAX_CONNECTIONS are open', maxConnections });
  });
}
