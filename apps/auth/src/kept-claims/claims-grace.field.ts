import { z } from 'zod';

const error = 'must be a whole number of seconds: 0 to 3600.';

/**
 * The setting `CLAIMS_GRACE_S`. Revocations are kept for an hour after they have an effect on tokens, and kept claims are compared with them: so an
 * hour at most.
 */
export const claimsGrace = () => z.coerce.number({ error }).int({ error }).min(0, { error }).max(3_600, { error }).default(600);
