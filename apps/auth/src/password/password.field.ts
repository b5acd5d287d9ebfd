import { z } from 'zod';

/** The maximum length of a password, in code points. No longer one is ever hashed. */
const MAX = 128;

const length = (value: string) => (value.length > MAX * 2 ? Infinity : [...value].length);

const password = (min: number, error: string) => z.string().refine((value) => length(value) >= min && length(value) <= MAX, { error });

/** A new password. Spaces count. */
export const newPassword = () => password(12, 'Must have 12 to 128 characters.');

/** A password to check. One below the minimum length is a wrong password, not an invalid request. */
export const anyPassword = () => password(1, 'Must have 1 to 128 characters.');

/** The current password of a user, as {@link anyPassword}; undefined if it is empty: the account has none. */
export const currentPassword = () => z.union([z.literal('').transform(() => undefined), anyPassword()]);
