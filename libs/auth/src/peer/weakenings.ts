import type { PeerOptions } from './peer-options.ts';

/** The options in use that weaken the checks of the peer or of the connection, compared with mutual TLS. For the log. */
export function peerWeakenings(options: {
  readonly tls?: object;
  readonly peer?: PeerOptions;
  readonly plaintext?: readonly string[];
}): string[] {
  const { tls, peer = { from: 'tls' }, plaintext = [] } = options;
  return [
    ...(peer === 'none' ? ["peer: 'none': the services that call are not identified"] : []),
    ...(typeof peer === 'object' && peer.from === 'xfcc' ? [`peer: the proxy (${proxyOf(peer)}) names the services that call`] : []),
    ...(tls ? [] : ['no tls: listens and calls without TLS on this machine']),
    ...(tls ? [] : plaintext.map((address) => `plaintext: listens or calls without TLS at ${address}`)),
  ];
}

const proxyOf = ({ proxy }: Extract<PeerOptions, { from: 'xfcc' }>) => (proxy === 'loopback' ? proxy : `certificate ${proxy.certificate}`);
