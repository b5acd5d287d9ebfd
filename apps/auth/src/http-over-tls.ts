import type { FactoryProvider, OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CertificateWatch, SHUTDOWN_MS } from '@reputable/auth';
import { arrivalTimes, closeSlowReaders, Drain } from '@reputable/service';
import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { REQUEST_TIMEOUT_MS } from './http.ts';

/** What a proxy states about its client. No proxy is in front of this port, so only the connection tells who a client is. */
const NOT_FORWARDED = { 'x-forwarded-for': undefined, 'x-forwarded-host': undefined, 'x-forwarded-proto': undefined };

/** The settings of {@link httpOverTls}. */
interface HttpOverTlsSettings {
  readonly host: string;
  readonly port: number | undefined;
  readonly maxConnections: number;
}

/**
 * Serves the same HTTP routes over TLS, with the service's certificate, so that services can fetch the public keys over a network. It requests
 * client certificates, for the routes on which services authenticate, and requires none. Browsers use the other port, behind a proxy that ends TLS.
 */
class HttpOverTls implements OnApplicationBootstrap {
  readonly #fastify: FastifyInstance;
  #server: Server | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    { httpAdapter }: HttpAdapterHost,
    readonly certificate: CertificateWatch,
    readonly drain: Drain,
    readonly settings: HttpOverTlsSettings,
  ) {
    this.#fastify = httpAdapter.getInstance<FastifyInstance>();
    // Together with the other port: the services that answer requests run until both are closed.
    this.#fastify.addHook('preClose', (done) => {
      this.#closed = this.#server && close(this.#server);
      done();
    });
    this.#fastify.addHook('onClose', async () => {
      await this.#closed;
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { host, port, maxConnections } = this.settings;
    if (port === undefined) return;
    const times = arrivalTimes(REQUEST_TIMEOUT_MS);
    const clients = { requestCert: true, rejectUnauthorized: false };
    const server = createServer({ ...times, ...clients, handshakeTimeout: times.headersTimeout }, (request, response) => {
      Object.assign(request.headers, NOT_FORWARDED);
      if (this.drain.hasBegun) response.shouldKeepAlive = false;
      this.#fastify.routing(request, response);
    });
    server.maxConnections = maxConnections;
    closeSlowReaders(server);
    this.#server = server;
    await new Promise<void>((resolve) => {
      let ca: Buffer | undefined;
      // Both are called at once, and after each change of the certificate or of the roots, in this order.
      this.certificate.addCaCertificateListener((roots) => (ca = roots?.caCertificate));
      this.certificate.addIdentityCertificateListener((identity) => {
        if (identity && ca) server.setSecureContext({ cert: identity.certificate, key: identity.privateKey, ca });
        resolve();
      });
    });
    await once(server.listen(port, host), 'listening').catch((cause: unknown) => {
      const { message } = cause as Error;
      throw new Error(`cannot listen on ${host}:${String(port)}: ${message}. Set TLS_PORT to another port.`, { cause });
    });
  }
}

/** Closes a server and its idle connections. Resolves when its requests are answered, after {@link SHUTDOWN_MS} at the latest. */
async function close(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), SHUTDOWN_MS);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
}

/** A provider that listens on `port`, or does nothing without one. */
export const httpOverTls = (settings: HttpOverTlsSettings): FactoryProvider => ({
  provide: HttpOverTls,
  useFactory: (http: HttpAdapterHost, certificate: CertificateWatch, drain: Drain) => new HttpOverTls(http, certificate, drain, settings),
  inject: [HttpAdapterHost, CertificateWatch, Drain],
});
