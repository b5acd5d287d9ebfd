import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import type { CertificateAuthorities } from './certificate-authorities.ts';
import { type Connection, connectionOf } from './connection.ts';
import { serviceOf, spiffeIdOf } from './spiffe-id.ts';

/** The identity in a connection's client certificate. */
interface Peer {
  readonly service: string | undefined;
  /** The certificate's serial number, in hexadecimal. */
  readonly serialNumber: string;
  /** The certificate's expiry, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** When the connection was first used, on the clock of `performance.now()`. */
  readonly seenAt: number;
  /** The authorities that last trusted the certificate. */
  trustedBy?: CertificateAuthorities;
}

/** Checks certificates against the CRL. */
export interface CertificateRevocations {
  isRevoked(serialNumber: string): boolean;
}

/** What a service checks the certificates of its peers by. */
export interface CertificateTrust extends CertificateRevocations {
  /** Another object whenever they may have changed. */
  readonly authorities: CertificateAuthorities;
}

/** Reads the peer of a call from its certificate. Parses once per connection, because parsing is the most expensive part of the check. */
export class PeerReader {
  readonly #log = new Logger('tls');
  readonly #peers = new WeakMap<Connection, Peer>();
  readonly #ended = new WeakSet<Connection>();

  constructor(
    readonly trustDomain: string,
    readonly trust: CertificateTrust,
  ) {}

  /**
   * The peer's service name; undefined if its certificate names none of our services, has expired, has been revoked, or leads to no trusted
   * root any more. Such a certificate also closes the connection, so that the peer reconnects with its new certificate.
   */
  serviceOf(call: ServerInterceptingCallInterface): string | undefined {
    const peer = this.#peerOf(call);
    const fault = this.#faultOf(peer, call);
    if (fault === undefined) return peer.service;
    const { service, serialNumber } = peer;
    this.#end(call, { msg: 'connection closed', certificate: fault, service, serialNumber });
    return undefined;
  }

  spiffeIdOf(service: string): string {
    return spiffeIdOf(service, this.trustDomain);
  }

  #faultOf(peer: Peer, call: ServerInterceptingCallInterface): string | undefined {
    if (Date.now() >= peer.expiresAt) return 'expired';
    if (this.trust.isRevoked(peer.serialNumber)) return 'revoked';
    const { authorities } = this.trust;
    if (peer.trustedBy === authorities) return undefined;
    const certificate = connectionOf(call)?.socket?.getPeerX509Certificate();
    if (!certificate || !authorities.trust(certificate, peer.seenAt)) return 'of a removed root';
    peer.trustedBy = authorities;
    return undefined;
  }

  #end(call: ServerInterceptingCallInterface, report: object): void {
    const connection = connectionOf(call);
    if (!connection || this.#ended.has(connection)) return;
    this.#ended.add(connection);
    this.#log.warn(report);
    connection.close();
  }

  /** Without a connection, every call parses the certificate: slower, but correct. */
  #peerOf(call: ServerInterceptingCallInterface): Peer {
    const connection = connectionOf(call);
    const known = connection && this.#peers.get(connection);
    if (known) return known;
    const peer = this.#read(call);
    if (connection) this.#peers.set(connection, peer);
    return peer;
  }

  #read(call: ServerInterceptingCallInterface): Peer {
    const certificate = call.getAuthContext().sslPeerCertificate;
    return {
      service: serviceOf(certificate?.subjectaltname, this.trustDomain),
      serialNumber: certificate?.serialNumber ?? '',
      expiresAt: certificate ? new Date(certificate.valid_to).getTime() : 0,
      seenAt: performance.now(),
    };
  }
}
