import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an IP address is one of this machine's loopback addresses, also as IPv4 in IPv6 (`::ffff:127.0.0.1`). */
export function isLoopback(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && LOOPBACK.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** A single address in a gRPC target or a listen address. Lists and other resolvers do not match. */
const ADDRESS = /^(?:dns:(?:\/\/\/)?|ipv[46]:)?(?:\[([^\]]+)\]|([^:/,@[\]]+)):\d+$/;

/** Whether a gRPC target, or an address to listen on, is of this machine alone: a loopback address or a Unix socket. */
export function isLocalTarget(target: string): boolean {
  if (/^unix(-abstract)?:/.test(target)) return true;
  const [, ipv6, host = ipv6 ?? ''] = ADDRESS.exec(target) ?? [];
  return host === 'localhost' || isLoopback(host);
}
