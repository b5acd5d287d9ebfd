import { type ChannelCredentials, experimental, type ServerCredentials } from '@grpc/grpc-js';
import tls, { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { CertificateRevocations } from './peer.ts';
import { serviceOf, spiffeIdOf } from './spiffe-id.ts';

type CertificateProvider = experimental.CertificateProvider;

// grpc-js passes no minimum version to Node. This sets the default of the whole process.
tls.DEFAULT_MIN_VERSION = 'TLSv1.3';

/** The credentials of a server. Every client must present a certificate signed by our CA. */
export function serverCredentials(certificate: CertificateProvider): ServerCredentials {
  return experimental.createCertificateProviderServerCredentials(certificate, certificate, true);
}

/** Learns which certificates of servers the channels have accepted. */
export interface ServerWatch {
  /** @param expiresAt the expiry of the certificate, in milliseconds since the epoch */
  acceptedServer(expiresAt: number): void;
}

/** The credentials of a channel to `service`. The client presents its own certificate and accepts only that service's certificate. */
export function channelCredentials(
  certificate: CertificateProvider & CertificateRevocations & ServerWatch,
  service: string,
  trustDomain: string,
): ChannelCredentials {
  return experimental.createCertificateProviderChannelCredentials(certificate, certificate, {
    // A new function for each channel: grpc-js 1.14 shares a connection, and so its certificate, between channels with the same one.
    checkServerIdentity: (host, peer) => {
      const fault = checkServerIdentity(host, peer) ?? faultInIdentity(peer, service, trustDomain, certificate);
      if (!fault) certificate.acceptedServer(Date.parse(peer.valid_to));
      return fault;
    },
  });
}

function faultInIdentity(
  peer: PeerCertificate,
  service: string,
  trustDomain: string,
  revocations: CertificateRevocations,
): Error | undefined {
  if (revocations.isRevoked(peer.serialNumber)) return new Error("The server's certificate has been revoked.");
  if (serviceOf(peer.subjectaltname, trustDomain) === service) return undefined;
  return new Error(`The server is not ${spiffeIdOf(service, trustDomain)}.`);
}
