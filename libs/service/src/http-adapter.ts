import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SHUTDOWN_MS } from '@reputable/auth';

/**
 * Fastify, which when it is told to stop answers the requests at hand, also those that come meanwhile on connections in use, and ends those
 * that never arrive whole.
 *
 * @param options Fastify's
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
