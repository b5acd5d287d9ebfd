import { type ChannelCredentials, experimental, type ServerCredentials } from '@grpc/grpc-js';
import tls, { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { CertificateWatch } from './certificate-watch.ts';
import type { CertificateRevocations } from './peer.ts';
import { serviceOf } from './spiffe-id.ts';

// grpc-js passes no minimum on to Node, so it is set where Node looks for its default: for the whole process.
tls.DEFAULT_MIN_VERSION = 'TLSv1.3';

/** The credentials of a server that demands a certificate of our CA from every client. */
export function serverCredentials(certificate: CertificateWatch): ServerCredentials {
  return experimental.createCertificateProviderServerCredentials(certificate, certificate, true);
}

/** The credentials of a channel to `service`: it shows our certificate, and goes on only if the server's is for that service. */
export function channelCredentials(certificate: CertificateWatch, service: string, trustDomain: string): ChannelCredentials {
  return experimental.createCertificateProviderChannelCredentials(certificate, certificate, {
    checkServerIdentity: (host, peer) => checkServerIdentity(host, peer) ?? faultInIdentity(peer, service, trustDomain, certificate),
  });
}

function faultInIdentity(
  peer: PeerCertificate,
  service: string,
  trustDomain: string,
  revocations: CertificateRevocations,
): Error | undefined {
  if (revocations.isRevoked(peer.serialNumber)) return new Error('The certificate of the server has been revoked.');
  if (serviceOf(peer.subjectaltname, trustDomain) === service) return undefined;
  return new Error(`The server is not spiffe://${trustDomain}/${service}.`);
}
