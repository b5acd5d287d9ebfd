import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the ports that systems give to outgoing connections. */
const [FIRST, LAST] = [20_000, 32_000];

/** A port of 127.0.0.1 that is free now. Another process may take it before you use it. */
export async function freePort(): Promise<number> {
  const { port, server } = await holdFreePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The same, held by a listening server: no other process gets it until you close the server. */
export async function holdFreePort(): Promise<{ readonly port: number; readonly server: Server }> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      return { port, server };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
