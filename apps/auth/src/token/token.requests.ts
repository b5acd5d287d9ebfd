import { SERVICES } from '@reputable/contracts';
import { z } from 'zod';

/** Longer than any token of ours: what else is wrong with one is not told apart. */
const MAX_TOKEN = 200;

export const ExchangeToken = z.object({
  subjectToken: z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(MAX_TOKEN, { error: `Must have ${String(MAX_TOKEN)} characters at most.` }),
  audience: z
    .array(z.enum(SERVICES, { error: `Must be among ${SERVICES.join(', ')}.` }))
    .min(1, { error: 'Must name a service at least.' })
    .max(SERVICES.length, { error: 'Must name each service once.' }),
});
