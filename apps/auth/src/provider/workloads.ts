import { Inject, Injectable } from '@nestjs/common';
import { CertificateWatch, PeerReader } from '@reputable/auth';
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { spiffeId } from '../audit/origin.ts';
import { TRUST_DOMAIN } from '../audit/origin.interceptor.ts';
import { TOKEN_REQUESTERS } from '../client/workload-clients.ts';

/** The certificate of the client of a request, whether or not any CA has signed it; undefined without TLS. */
export const certificateOf = ({ socket }: Pick<IncomingMessage, 'socket'>) =>
  socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;

/** The services that send HTTP requests over TLS. Each is identified by its certificate, as for rpcs: no header counts. */
@Injectable()
export class Workloads {
  readonly #peers: PeerReader;

  constructor(
    @Inject(TRUST_DOMAIN) readonly trustDomain: string,
    certificate: CertificateWatch,
  ) {
    this.#peers = new PeerReader(trustDomain, certificate);
  }

  /** The service that has sent a request; undefined without TLS, without a certificate, or with one that no rpc would accept. */
  senderOf({ socket }: Pick<IncomingMessage, 'socket'>): string | undefined {
    return socket instanceof TLSSocket ? this.#peers.serviceAt(socket) : undefined;
  }

  /** Whether a service has sent a request that is a client of the token endpoint. */
  isClient(request: Pick<IncomingMessage, 'socket'>): boolean {
    const sender = this.senderOf(request);
    return sender !== undefined && TOKEN_REQUESTERS.includes(sender);
  }

  /** Client authentication by mutual TLS (RFC 8705 §2.1), for clients with a SPIFFE ID. */
  get clientAuthentication() {
    return {
      enabled: true,
      tlsClientAuth: true,
      getCertificate: ({ req }) => certificateOf(req),
      certificateAuthorized: (ctx) => this.#isAuthorized(ctx),
      certificateSubjectMatches: ({ req }, property, expected) =>
        property === 'tls_client_auth_san_uri' && spiffeId(this.trustDomain, this.senderOf(req)) === expected,
    } satisfies NonNullable<Configuration['features']>['mTLS'];
  }

  /** Closes the connection of a refused certificate after the response, so that the service reconnects with its new one. */
  #isAuthorized(ctx: KoaContextWithOIDC): boolean {
    if (this.senderOf(ctx.req) !== undefined) return true;
    ctx.set('connection', 'close');
    return false;
  }
}
