import { isIP } from 'node:net';
import { z } from 'zod';
import { hasInvisible, isWithin } from './characters.ts';

/** A UUID in its canonical form. */
export const id = () => z.uuid({ error: 'Must be a UUID.' }).toLowerCase();

/** The bounds of a text. */
interface Bounds {
  /** The fewest characters. */
  readonly min: number;
  /** The most characters. */
  readonly max: number;
  /** The most bytes in UTF-8. One character can have any number. */
  readonly bytes: number;
}

/**
 * A trimmed text of `min` to `max` characters, as people count them (grapheme clusters, UAX 29). Allows no control characters except tab and
 * line break.
 *
 * @param bytes the most bytes in UTF-8
 */
export const text = (min: number, max: number, bytes = max * 8) =>
  bounded({ min, max, bytes }).refine((value) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value), {
    error: 'Must not contain control characters.',
  });

/**
 * A trimmed text of one line, for names and titles: like {@link text}, without any control character and without invisible characters, which
 * make two names look the same or change the order of the text around them.
 */
export const line = (min: number, max: number, bytes = max * 16) =>
  bounded({ min, max, bytes })
    .refine((value) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value), { error: 'Must be one line, without tabs and control characters.' })
    .refine((value) => !hasInvisible(value), {
      error: 'Must not contain invisible characters, for example those that change the direction of text.',
    });

const bounded = ({ min, max, bytes }: Bounds) =>
  z
    .string()
    .trim()
    .refine((value) => isWithin(value, min, max), { error: `Must have ${String(min)} to ${String(max)} characters.` })
    // One refusal is enough for a text with too many characters.
    .refine((value) => Buffer.byteLength(value) <= bytes || !isWithin(value, min, max), {
      error: `Must have ${String(bytes)} bytes in UTF-8 at most.`,
    });

/** The IP address of a client; empty if it is not known. */
export const clientAddress = () =>
  z.string().refine((value) => value === '' || isIP(value) !== 0, { error: "Must be the client's IP address, or empty." });

/** The page size: 1 to 100. 0 (an absent field) means 20. */
export const pageSize = () =>
  z
    .number()
    .int()
    .refine((size) => size >= 0 && size <= 100, { error: 'Must be 1 to 100, or 0 for the default of 20.' })
    .transform((size) => size || 20);

/** The first and the last second of a Timestamp of protobuf: the years 1 to 9999, which every program and database can express. */
const [FIRST_S, LAST_S] = [-62_135_596_800n, 253_402_300_799n];

const TIME = { error: 'Must be a time from the year 1 to the year 9999.' };

/** A time: a Timestamp of protobuf, as a date. */
export const time = () =>
  z
    .object(
      { seconds: z.bigint().min(FIRST_S, TIME).max(LAST_S, TIME), nanos: z.int().min(0, TIME).max(999_999_999, TIME) },
      { error: 'Must be set.' },
    )
    .transform(({ seconds, nanos }) => new Date(Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000)));

/** A key that a client chooses for a request, so that a repeated request changes nothing more. */
export const idempotencyKey = () =>
  z.string().regex(/^[\w.~-]{1,64}$/, { error: 'Must have 1 to 64 characters: letters, digits, dots, underscores, tildes and hyphens.' });

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
