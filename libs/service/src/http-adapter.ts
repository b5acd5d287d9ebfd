import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SHUTDOWN_MS } from '@reputable/auth';
import type { Drain } from './drain.ts';
import { arrivalTimes } from './http-bounds.ts';
import { observeRequests } from './observed-requests.ts';
import { closeSlowReaders, type DeliveryBounds } from './slow-readers.ts';
import { isTrustedBy } from './trusted-proxies.ts';
import { warnOfUnknownProxy } from './unknown-proxy.ts';
import { warnOfRefusedConnections } from './refused-connections.ts';

/** Fastify's options, and those of its server. */
export interface HttpOptions extends DeliveryBounds {
  /** The trusted proxies. */
  readonly trustProxy?: string[];
  /** The longest time until a request has arrived completely, in milliseconds. */
  readonly requestTimeout?: number;
  /** The number of open connections. The server refuses further ones. */
  readonly maxConnections?: number;
  /** The drain before the stop. */
  readonly drain?: Drain;
}

/**
 * A Fastify adapter with a graceful shutdown: it answers open requests and new requests on open connections, and closes all connections
 * after {@link SHUTDOWN_MS}. During the drain before it, responses close their connections: a client that sent a request while an idle
 * connection is closed would get no answer. A request must arrive in time, a response must be read in time, and
 * the number of connections is bounded.
 *
 * @param options Fastify's options
 * @param observed whether requests can have spans and metrics
 */
export function httpAdapter(
  { maxConnections, drain, deliveryMs, unreadBytes, requestTimeout = 10_000, ...options }: HttpOptions = {},
  observed = false,
): FastifyAdapter {
  const { headersTimeout, connectionsCheckingInterval } = arrivalTimes(requestTimeout);
  const http = { headersTimeout, connectionsCheckingInterval };
  const adapter = new FastifyAdapter({ return503OnClosing: false, ...options, requestTimeout, http });
  const fastify = adapter.getInstance();
  if (maxConnections !== undefined) {
    fastify.server.maxConnections = maxConnections;
    warnOfRefusedConnections(fastify.server, maxConnections);
  }
  closeSlowReaders(fastify.server, { deliveryMs, unreadBytes });
  drain?.onBegin(() => {
    fastify.server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
  });
  fastify.addHook('preClose', (done) => {
    setTimeout(() => {
      fastify.server.closeAllConnections();
    }, SHUTDOWN_MS).unref();
    done();
  });
  const isTrusted = isTrustedBy(options.trustProxy ?? []);
  fastify.addHook('onRequest', warnOfUnknownProxy(isTrusted));
  if (observed) observeRequests(fastify, isTrusted);
  return adapter;
}
