import type { z } from 'zod';
import { limit } from './limit.field.ts';

/** How often who may try what. Each is a count and a number of seconds, which begin with the first attempt. */
export const limits = {
  /** Wrong passwords for one account from one address. */
  LIMIT_LOG_IN: limit(5, 900),
  /** Wrong passwords from one address, for accounts that it is new to. */
  LIMIT_LOG_IN_ADDRESS: limit(50, 900),
  /** Wrong passwords for one account, from addresses that are new to it. */
  LIMIT_LOG_IN_ACCOUNT: limit(30, 3_600),
  /** Registrations from one address. */
  LIMIT_REGISTRATION: limit(10, 3_600),
  /** The same refresh token, or client, refused at one address. */
  LIMIT_TOKEN: limit(10, 900),
  /** Refresh tokens and clients refused at one address. */
  LIMIT_TOKEN_ADDRESS: limit(100, 900),
};

/** The limits, read. */
export type Limits = { readonly [Name in keyof typeof limits]: z.output<(typeof limits)[Name]> };
