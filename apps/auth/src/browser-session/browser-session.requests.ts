import { field } from '@reputable/request';
import { z } from 'zod';

const HASH_BYTES = 32;
const MAX_SEALED_BYTES = 16 * 1024;
/** The lifetime of the session of its tokens, and a day for clock skew. */
const MAX_LIFETIME_MS = 31 * 24 * 3_600_000;

const bytes = () => z.instanceof(Uint8Array).transform((value) => Buffer.from(value));

const idHash = bytes().refine(({ length }) => length === HASH_BYTES, { error: `Must be ${String(HASH_BYTES)} bytes.` });

const sealed = bytes().refine(({ length }) => length >= 1 && length <= MAX_SEALED_BYTES, {
  error: `Must be 1 to ${String(MAX_SEALED_BYTES)} bytes.`,
});

const version = z.number().int().min(1, { error: 'Must be a version that was seen: 1 or more.' });

const expiresAt = field.time().refine((date) => date.getTime() > Date.now() && date.getTime() <= Date.now() + MAX_LIFETIME_MS, {
  error: 'Must be within the next 31 days.',
});

export const CreateBrowserSession = z.object({ idHash, sealed, expiresAt });
export const GetBrowserSession = z.object({ idHash });
export const HoldBrowserSession = z.object({ idHash, version });
export const ReplaceBrowserSession = z.object({ idHash, version, sealed });
export const DeleteBrowserSession = z.object({ idHash });
