import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { serviceOf } from './spiffe-id.ts';

/** What is known of the other end of a connection. */
interface Peer {
  readonly service: string | undefined;
  /** The serial number of its certificate, in hexadecimal. */
  readonly serialNumber: string;
  /** When its certificate ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What is needed of an HTTP/2 session. */
interface Connection {
  /** Takes no more calls, and ends with the last of those at hand. */
  close(): void;
}

/** Who knows which certificates have been revoked. */
export interface CertificateRevocations {
  isRevoked(serialNumber: string): boolean;
}

/** Reads who is at the other end of a call: once per connection, as parsing a certificate costs more than all the rest of a check. */
export class PeerReader {
  readonly #log = new Logger('tls');
  readonly #peers = new WeakMap<Connection, Peer>();
  readonly #ended = new WeakSet<Connection>();

  constructor(
    readonly trustDomain: string,
    readonly revocations: CertificateRevocations,
  ) {}

  /**
   * The calling service, or undefined if its certificate is for none of ours, has expired since it connected, or has been revoked. In
   * the latter two cases the connection ends as well: with a new certificate the service comes back at once, and without one it does not.
   */
  serviceOf(call: ServerInterceptingCallInterface): string | undefined {
    const { service, serialNumber, expiresAt } = this.#peerOf(call);
    const why = Date.now() >= expiresAt ? 'has expired' : this.revocations.isRevoked(serialNumber) ? 'has been revoked' : undefined;
    if (why === undefined) return service;
    this.#end(call, { msg: `a connection ends: the certificate of its client ${why}`, service, serialNumber });
    return undefined;
  }

  #end(call: ServerInterceptingCallInterface, report: object): void {
    const connection = connectionOf(call);
    if (!connection || this.#ended.has(connection)) return;
    this.#ended.add(connection);
    this.#log.warn(report);
    connection.close();
  }

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
    };
  }
}

/** The HTTP/2 session of a call. grpc-js does not offer it; without it the certificate is read on every call, which is slow and right. */
function connectionOf(call: ServerInterceptingCallInterface): Connection | undefined {
  const { stream } = call as { stream?: { session?: Connection } };
  return stream?.session;
}
