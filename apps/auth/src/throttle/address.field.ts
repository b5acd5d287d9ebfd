import { isIP } from 'node:net';
import { z } from 'zod';

/** The maximum length: the longest IPv6 address with the longest interface name. */
const MAX = 64;

/** A client's IP address. The gateway always sends one. */
export const address = () =>
  z.string().refine((value) => value.length <= MAX && isIP(value) !== 0, { error: "Must be the client's IP address." });
