import { z } from 'zod';

/** The longest password, in characters (code points): no longer one is ever hashed. */
const MAX = 128;

const length = (value: string) => (value.length > MAX * 2 ? Infinity : [...value].length);

const password = (min: number, error: string) => z.string().refine((value) => length(value) >= min && length(value) <= MAX, { error });

/** A password to be. It is taken as it is: spaces count. */
export const newPassword = () => password(12, 'Must have 12 to 128 characters.');

/** A password to check. How short a password may be is no help here: one that is too short is a wrong one. */
export const anyPassword = () => password(1, 'Must have 1 to 128 characters.');
