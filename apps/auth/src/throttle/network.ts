import ipaddr from 'ipaddr.js';

/** A /64, in bytes: what one customer is given, who can take any address in it. */
const IPV6_NETWORK_BYTES = 8;

/** What is counted as one address: an IPv4 address, however it is written, or an IPv6 network. */
export function networkOf(address: string): string {
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, IPV6_NETWORK_BYTES)).toString('hex');
}
