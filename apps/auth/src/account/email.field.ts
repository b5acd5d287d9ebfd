import { z } from 'zod';

/** RFC 5321 §4.5.3.1.3, less the angle brackets. */
const MAX = 254;

const ERROR = { error: `Must be an e-mail address of ${String(MAX)} characters at most.` };

/** An e-mail address in the one spelling in which it is kept and compared: NFKC, trimmed, lower case. */
export const email = () =>
  z
    .string()
    .max(MAX * 2, ERROR)
    .transform((value) => value.normalize('NFKC').trim().toLowerCase())
    .pipe(z.email(ERROR).max(MAX, ERROR));
