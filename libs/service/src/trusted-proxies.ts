import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

const ERROR = { error: 'must be IP addresses or networks, separated by commas, for example 10.0.0.0/8,fd00::1.' };

/** The setting for trusted proxies. It cannot trust every address. */
export const trustedProxies = () =>
  z
    .string(ERROR)
    .default('')
    .transform((text) => text.split(',').map((part) => part.trim()))
    .transform((parts) => (parts.length === 1 && parts[0] === '' ? [] : parts))
    .refine((parts) => parts.every(isNetwork), ERROR);

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return false;
  return bits === undefined || (Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128));
}

/** A function that returns whether an address of a connection is one of these trusted proxies: addresses and networks. */
export function isTrustedBy(proxies: readonly string[]): (address: string | undefined) => boolean {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  // An IPv4 address in IPv6 form matches the rules for IPv4.
  return (address = '') => proxies.length > 0 && isIP(address) !== 0 && trusted.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
