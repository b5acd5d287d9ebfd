import { CLOCK_SKEW_S, MAX_LIFETIME_S } from '@reputable/auth';

/** The `max-age` of the published keys, in seconds. */
export const MAX_AGE_S = 10;

/** How long a service waits at most before it fetches the keys again for an unknown key, in seconds. */
const COOLDOWN_S = 10;

/** How often a replica reads the keys from the database, in seconds. */
export const POLL_S = 1;

/**
 * How long a key is published before it signs, in seconds. After that every replica publishes it, no cache has an older copy, and a service
 * that does not know it may fetch the keys.
 */
export const LEAD_S = POLL_S + MAX_AGE_S + COOLDOWN_S + CLOCK_SKEW_S;

/** How long a key is published after its last signature, in seconds: the lifetime of a token, and that of a cached copy of the keys. */
export const TRAIL_S = MAX_LIFETIME_S + CLOCK_SKEW_S + POLL_S + MAX_LIFETIME_S;
