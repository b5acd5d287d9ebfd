import ipaddr from 'ipaddr.js';

/** The prefix length of an IPv6 network, in bytes. Providers assign a /64 to one customer, who can use every address in it. */
const IPV6_NETWORK_BYTES = 8;

/** The network under which an IP address is counted: the IPv4 address itself in its canonical form, or the IPv6 /64. */
export function networkOf(address: string): string {
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, IPV6_NETWORK_BYTES)).toString('hex');
}
