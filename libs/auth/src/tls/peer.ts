import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { serviceOf } from './spiffe-id.ts';

/** What is known of the other end of a connection. */
interface Peer {
  readonly service: string | undefined;
  /** The serial number of its certificate, in hexadecimal. */
  readonly serialNumber: string;
  /** When its certificate ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Who knows which certificates have been revoked. */
export interface Revocations {
  isRevoked(serialNumber: string): boolean;
}

/** Reads who is at the other end of a call: once per connection, as parsing a certificate costs more than all the rest of a check. */
export class PeerReader {
  readonly #peers = new WeakMap<object, Peer>();

  constructor(
    readonly trustDomain: string,
    readonly revocations: Revocations,
  ) {}

  /** The calling service, or undefined if its certificate is for none of ours, has expired since it connected, or has been revoked. */
  serviceOf(call: ServerInterceptingCallInterface): string | undefined {
    const { service, serialNumber, expiresAt } = this.#peerOf(call);
    return Date.now() < expiresAt && !this.revocations.isRevoked(serialNumber) ? service : undefined;
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
function connectionOf(call: ServerInterceptingCallInterface): object | undefined {
  const { stream } = call as { stream?: { session?: object } };
  return stream?.session;
}
