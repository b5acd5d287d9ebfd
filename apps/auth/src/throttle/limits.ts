import type { z } from 'zod';
import { limit } from './limit.field.ts';

/** The limits on attempts. Each is a count and a number of seconds from the first attempt. */
export const limits = {
  /** Wrong passwords for one account from one address. */
  LIMIT_LOG_IN: limit(5, 900),
  /** Wrong passwords from one address, for accounts that have not logged in from it. */
  LIMIT_LOG_IN_ADDRESS: limit(50, 900),
  /** Wrong passwords for one account, from addresses from which it has not logged in. */
  LIMIT_LOG_IN_ACCOUNT: limit(30, 3_600),
  /** Requested mails for one e-mail address from one address. */
  LIMIT_MAIL: limit(3, 900),
  /** Requested mails from one address, for accounts that have not logged in from it. */
  LIMIT_MAIL_ADDRESS: limit(30, 3_600),
  /** Requested mails for one e-mail address, from addresses from which its account has not logged in. */
  LIMIT_MAIL_ACCOUNT: limit(10, 3_600),
  /** Registrations from one address. */
  LIMIT_REGISTRATION: limit(10, 3_600),
  /** Exports of the data of one user. */
  LIMIT_DATA_EXPORT: limit(5, 3_600),
  /** Refused requests with one refresh token or client, from one address. */
  LIMIT_TOKEN: limit(10, 900),
  /** Refused requests with any refresh token or client, from one address. */
  LIMIT_TOKEN_ADDRESS: limit(100, 900),
};

/** The parsed limits. */
export type Limits = { readonly [Name in keyof typeof limits]: z.output<(typeof limits)[Name]> };
