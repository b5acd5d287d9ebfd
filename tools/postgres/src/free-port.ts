import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Systems give connections that go out ports above these, and take no notice of what somebody is about to listen on. */
const [FIRST, LAST] = [20_000, 32_000];

/** A port of 127.0.0.1 that is free now; somebody else may take it before it is used. */
export async function freePort(): Promise<number> {
  const { port, server } = await holdFreePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The same, held by a server that listens there until it is closed: nobody else gets it meanwhile. */
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
