import { field } from '@reputable/errors';
import { z } from 'zod';
import { address } from '../throttle/address.field.ts';

/** Longer than any refresh token: what else is wrong with one is not told apart. */
const MAX_TOKEN = 200;

export const Refresh = z.object({
  refreshToken: z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(MAX_TOKEN, { error: `Must have ${String(MAX_TOKEN)} characters at most.` }),
  address: address(),
});
export const ListSessions = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });
export const EndSession = z.object({ id: field.id() });
