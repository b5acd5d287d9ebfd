import type { FactoryProvider, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CertificateWatch } from '@reputable/auth';
import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';

/**
 * What the service answers over HTTP, over TLS as well, with its own certificate. Whoever fetches the public keys through a network can be
 * sure that they are from here; for people there is TLS of another kind in front of the other port.
 */
class HttpOverTls implements OnApplicationBootstrap, OnApplicationShutdown {
  #server: Server | undefined;

  constructor(
    readonly http: HttpAdapterHost,
    readonly certificate: CertificateWatch,
    readonly host: string,
    readonly port: number | undefined,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.port === undefined) return;
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    const server = createServer((request, response) => {
      fastify.routing(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => {
      // Told at once, and whenever the certificate is renewed.
      this.certificate.addIdentityCertificateListener((identity) => {
        if (identity) server.setSecureContext({ cert: identity.certificate, key: identity.privateKey });
        resolve();
      });
    });
    await once(server.listen(this.port, this.host), 'listening').catch((cause: unknown) => {
      const { message } = cause as Error;
      throw new Error(`${this.host}:${String(this.port)} cannot be listened on (${message}). Is the port taken? TLS_PORT sets another.`, {
        cause,
      });
    });
  }

  onApplicationShutdown(): void {
    this.#server?.close();
    this.#server?.closeIdleConnections();
  }
}

/** The provider that listens on this port, if there is one. */
export const httpOverTls = (host: string, port: number | undefined): FactoryProvider => ({
  provide: HttpOverTls,
  useFactory: (http: HttpAdapterHost, certificate: CertificateWatch) => new HttpOverTls(http, certificate, host, port),
  inject: [HttpAdapterHost, CertificateWatch],
});
