import { GRANTABLE_SCOPES } from '@reputable/contracts';
import { field } from '@reputable/request';
import { z } from 'zod';

const SCOPES = Object.keys(GRANTABLE_SCOPES);

/** The lifetime of a token if the request has none, and the longest one, in days. */
const [DEFAULT_DAYS, MAX_DAYS] = [90, 366];

/** The scopes of a token: one or more, each once. */
export const scopes = z
  .array(z.enum(SCOPES, { error: `Must be among ${SCOPES.join(', ')}.` }))
  .min(1, { error: 'Must name a scope at least.' })
  .max(SCOPES.length, { error: 'Must name each scope once.' })
  .transform((named) => [...new Set(named)]);

export const CreatePersonalAccessToken = z.object({
  name: field.line(1, 100),
  scopes,
  expiresInDays: z
    .int()
    .min(0, { error: 'Must not be negative.' })
    .max(MAX_DAYS, { error: `Must be ${String(MAX_DAYS)} at most.` })
    .transform((days) => (days === 0 ? DEFAULT_DAYS : days)),
});

export const ListPersonalAccessTokens = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });
