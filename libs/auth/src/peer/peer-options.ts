import { Logger } from '@nestjs/common';
import { PeerReader, type CertificateTrust } from '../tls/peer.ts';
import type { PeerSource } from './peer-source.ts';
import { type XfccOptions, XfccPeers } from './xfcc-peers.ts';

/**
 * How the app identifies the services that call it.
 *
 * - `from: 'tls'`: by the certificate of the connection.
 * - `from: 'xfcc'`: by the header of a proxy that ends TLS: {@link XfccOptions}.
 * - `none`: not at all. Rules with `callers`, and rules for services, stop the start.
 */
export type PeerOptions = { readonly from: 'tls' } | XfccOptions | 'none';

/** The certificates of a service that has its own. */
interface Certificates {
  readonly trustDomain: string;
  readonly trust: CertificateTrust;
}

const log = new Logger('auth');

const NO_PEERS: PeerSource = { serviceOf: () => undefined, spiffeIdOf: () => undefined };

/**
 * Opens the source of peers. Logs a source that is weaker than certificates.
 *
 * @param service the name of this service
 * @throws Error if the source needs certificates and the service has none
 */
export function openPeers(options: PeerOptions, service: string, certificates?: Certificates): PeerSource {
  if (options === 'none') {
    log.warn({ msg: 'check weakened', option: "peer: 'none': the services that call are not identified" });
    return NO_PEERS;
  }
  if (options.from === 'xfcc')
    log.warn({ msg: 'check weakened', option: `peer: a proxy names the services that call`, proxy: options.proxy });
  if (options.from === 'xfcc' && options.proxy === 'loopback') return new XfccPeers(options, service);
  if (!certificates) throw new Error('Peers cannot be identified without tls. Set tls, or set peer to how the platform identifies them.');
  const reader = new PeerReader(certificates.trustDomain, certificates.trust);
  return options.from === 'tls' ? reader : new XfccPeers(options, service, reader);
}
