import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SHUTDOWN_MS } from '@reputable/auth';

/**
 * A Fastify adapter with a graceful shutdown: it answers open requests and new requests on open connections, and closes all connections
 * after {@link SHUTDOWN_MS}.
 *
 * @param options Fastify's options
 */
export function httpAdapter(options: object | undefined): FastifyAdapter {
  const adapter = new FastifyAdapter({ return503OnClosing: false, ...options });
  const fastify = adapter.getInstance();
  fastify.addHook('preClose', (done) => {
    setTimeout(() => {
      fastify.server.closeAllConnections();
    }, SHUTDOWN_MS).unref();
    done();
  });
  return adapter;
}
