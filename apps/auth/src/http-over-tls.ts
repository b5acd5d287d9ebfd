import type { FactoryProvider, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CertificateWatch } from '@reputable/auth';
import { arrivalTimes, closeSlowReaders } from '@reputable/service';
import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { REQUEST_TIMEOUT_MS } from './http.ts';

/**
 * Serves the same HTTP routes over TLS, with the service's certificate, so that services can fetch the public keys over a network. It requests
 * client certificates, for the routes on which services authenticate, and requires none. Browsers use the other port, behind a proxy that ends TLS.
 */
class HttpOverTls implements OnApplicationBootstrap, OnApplicationShutdown {
  #server: Server | undefined;

  constructor(
    readonly http: HttpAdapterHost,
    readonly certificate: CertificateWatch,
    readonly host: string,
    readonly port: number | undefined,
    readonly maxConnections: number,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.port === undefined) return;
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    const times = arrivalTimes(REQUEST_TIMEOUT_MS);
    const clients = { requestCert: true, rejectUnauthorized: false };
    const server = createServer({ ...times, ...clients, handshakeTimeout: times.headersTimeout }, (request, response) => {
      fastify.routing(request, response);
    });
    server.maxConnections = this.maxConnections;
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
    await once(server.listen(this.port, this.host), 'listening').catch((cause: unknown) => {
      const { message } = cause as Error;
      throw new Error(`cannot listen on ${this.host}:${String(this.port)}: ${message}. Set TLS_PORT to another port.`, { cause });
    });
  }

  onApplicationShutdown(): void {
    this.#server?.close();
    this.#server?.closeIdleConnections();
  }
}

/** A provider that listens on `port`, or does nothing without one. */
export const httpOverTls = (host: string, port: number | undefined, maxConnections: number): FactoryProvider => ({
  provide: HttpOverTls,
  useFactory: (http: HttpAdapterHost, certificate: CertificateWatch) => new HttpOverTls(http, certificate, host, port, maxConnections),
  inject: [HttpAdapterHost, CertificateWatch],
});
