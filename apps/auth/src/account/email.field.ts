import { z } from 'zod';

/** The maximum length: RFC 5321 §4.5.3.1.3, without the angle brackets. */
const MAX = 254;

const ERROR = { error: `Must be an e-mail address of ${String(MAX)} characters at most.` };

/** An e-mail address, normalised for storage and comparison: NFKC, trimmed, lower case. */
export const email = () =>
  z
    .string()
    .max(MAX * 2, ERROR)
    .transform((value) => value.normalize('NFKC').trim().toLowerCase())
    .pipe(z.email(ERROR).max(MAX, ERROR));
