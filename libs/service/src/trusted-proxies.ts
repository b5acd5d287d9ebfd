import { isIP } from 'node:net';
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
