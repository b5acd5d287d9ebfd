import { chmod, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { answers } from './answer.ts';
import type { PlaygroundOptions } from './options.ts';

/**
 * Serves the page at `/` and its API for the gateway of a development system. The API acts as the demo accounts and with the certificates of
 * all services, so it listens on a Unix socket that only the owner can open: no page of a browser reaches it but through the gateway, which
 * checks the host and the origin of each request.
 */
export class Playground {
  private constructor(
    readonly options: PlaygroundOptions,
    readonly server: Server,
  ) {}

  static async start(options: PlaygroundOptions): Promise<Playground> {
    await rm(options.socket, { force: true });
    const answer = answers(options);
    const server = createServer((request, response) => {
      answer(request)
        .catch((error: unknown) => ({ status: 500, headers: {}, body: (error as Error).message }))
        .then(
          ({ status, headers, body }) => response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body),
          () => response.destroy(),
        );
    });
    await once(server.listen(options.socket), 'listening');
    await chmod(options.socket, 0o600);
    server.unref();
    return new Playground(options, server);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
