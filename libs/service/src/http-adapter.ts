import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SHUTDOWN_MS } from '@reputable/auth';
import { traceRequests } from './request-spans.ts';
import { isTrustedBy } from './trusted-proxies.ts';
import { warnOfUnknownProxy } from './unknown-proxy.ts';

/** Fastify's options. */
interface HttpOptions {
  /** The trusted proxies. */
  readonly trustProxy?: string[];
}

/**
 * A Fastify adapter with a graceful shutdown: it answers open requests and new requests on open connections, and closes all connections
 * after {@link SHUTDOWN_MS}.
 *
 * @param options Fastify's options
 * @param traced whether each request has a span
 */
export function httpAdapter(options: HttpOptions | undefined, traced = false): FastifyAdapter {
  const adapter = new FastifyAdapter({ return503OnClosing: false, ...options });
  const fastify = adapter.getInstance();
  fastify.addHook('preClose', (done) => {
    setTimeout(() => {
      fastify.server.closeAllConnections();
    }, SHUTDOWN_MS).unref();
    done();
  });
  const isTrusted = isTrustedBy(options?.trustProxy ?? []);
  fastify.addHook('onRequest', warnOfUnknownProxy(isTrusted));
  if (traced) traceRequests(fastify, isTrusted);
  return adapter;
}
