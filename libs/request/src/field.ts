import { z } from 'zod';

/** A UUID in its canonical form. */
export const id = () => z.uuid({ error: 'Must be a UUID.' }).toLowerCase();

/** A trimmed text of `min` to `max` characters (code points). Allows no control characters except tab and line break. */
export const text = (min: number, max: number) =>
  z
    .string()
    .trim()
    .refine((value) => within(value, min, max), { error: `Must have ${String(min)} to ${String(max)} characters.` })
    .refine((value) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value), { error: 'Must not contain control characters.' });

const within = (value: string, min: number, max: number) => {
  // A code point has at most two code units. This check avoids spreading a huge text.
  if (value.length > max * 2) return false;
  const length = [...value].length;
  return length >= min && length <= max;
};

/** The page size: 1 to 100. 0 (an absent field) means 20. */
export const pageSize = () =>
  z
    .number()
    .int()
    .refine((size) => size >= 0 && size <= 100, { error: 'Must be 1 to 100, or 0 for the default of 20.' })
    .transform((size) => size || 20);

const PAGE_TOKEN = /^[A-Za-z0-9_-]{22}$/;

/** An opaque page token: empty for the first page, otherwise the encoded id of the last row of the page before. */
export const pageToken = () =>
  z
    .string()
    .refine((token) => token === '' || PAGE_TOKEN.test(token), { error: 'Must be empty, or as the page before has it for the next page.' })
    .transform((token) => (token === '' ? undefined : uuidOf(token)));

const uuidOf = (token: string) =>
  Buffer.from(token, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
