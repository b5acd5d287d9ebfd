import { SERVICES } from '@reputable/contracts';
import { z } from 'zod';
import { token } from './token.field.ts';

export const ExchangeToken = z.object({
  subjectToken: token(),
  audience: z
    .array(z.enum(SERVICES, { error: `Must be among ${SERVICES.join(', ')}.` }))
    .min(1, { error: 'Must name a service at least.' })
    .max(SERVICES.length, { error: 'Must name each service once.' }),
});
