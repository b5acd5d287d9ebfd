import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { CertificateAuthorities } from './certificate-authorities.ts';
import { type Connection, connectionOf, numberOf } from './connection.ts';
import { serviceOf, spiffeIdOf } from './spiffe-id.ts';

/** The identity in a connection's client certificate. */
interface Peer {
  readonly service: string | undefined;
  /** The certificate's serial number, in hexadecimal. */
  readonly serialNumber: string;
  /** The certificate's expiry, in milliseconds since the epoch. */
  readonly expiresAt: number;
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
  readonly #peers = new WeakMap<Connection | TLSSocket, Peer>();
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
    const connection = connectionOf(call);
    const peer = this.#peerOf(call, connection);
    const fault = this.#faultOf(peer, connection);
    if (fault === undefined) return peer.service;
    const { service, serialNumber } = peer;
    this.#end(connection, { msg: 'connection closed', certificate: fault, service, serialNumber });
    return undefined;
  }

  spiffeIdOf(service: string): string {
    return spiffeIdOf(service, this.trustDomain);
  }

  /**
   * The service at the other end of a connection to an HTTPS server of yours, which has `requestCert: true`, and the roots of `ca.crt` as `ca`. The
   * same checks as for a call. Undefined also for a client without a certificate, or with one of another CA. Leaves the connection open.
   */
  serviceAt(socket: TLSSocket): string | undefined {
    // Node.js also calls a resumed session without a certificate authorized.
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    if (!certificate) return undefined;
    const peer = this.#peers.get(socket) ?? readPeer(socket.getPeerCertificate(), this.trustDomain);
    this.#peers.set(socket, peer);
    const fault = this.#faultOf(peer, { socket });
    if (fault === undefined) return peer.service;
    const { service, serialNumber } = peer;
    this.#log.warn({ msg: 'certificate refused', certificate: fault, service, serialNumber });
    return undefined;
  }

  #faultOf(peer: Peer, connection: Pick<Connection, 'socket'> | undefined): string | undefined {
    if (Date.now() >= peer.expiresAt) return 'expired';
    if (this.trust.isRevoked(peer.serialNumber)) return 'revoked';
    const { authorities } = this.trust;
    if (peer.trustedBy === authorities) return undefined;
    const certificate = connection?.socket?.getPeerX509Certificate();
    if (!certificate || !authorities.trust(certificate, numberOf(connection?.socket))) return 'of a removed root';
    peer.trustedBy = authorities;
    return undefined;
  }

  #end(connection: Connection | undefined, report: object): void {
    if (!connection || this.#ended.has(connection)) return;
    this.#ended.add(connection);
    this.#log.warn(report);
    connection.close();
  }

  /** Without a connection, every call parses the certificate: slower, but correct. */
  #peerOf(call: ServerInterceptingCallInterface, connection: Connection | undefined): Peer {
    const known = connection && this.#peers.get(connection);
    if (known) return known;
    const peer = readPeer(call.getAuthContext().sslPeerCertificate, this.trustDomain);
    if (connection) this.#peers.set(connection, peer);
    return peer;
  }
}

const readPeer = (certificate: PeerCertificate | undefined, trustDomain: string): Peer => ({
  service: serviceOf(certificate?.subjectaltname, trustDomain),
  serialNumber: certificate?.serialNumber ?? '',
  expiresAt: certificate ? new Date(certificate.valid_to).getTime() : 0,
});
