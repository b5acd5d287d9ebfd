import { CLOCK_SKEW_S, MAX_LIFETIME_S } from '@reputable/auth';

/** How long others may keep the published keys without asking again, in seconds: the `max-age` they are served with. */
export const MAX_AGE_S = 10;

/** How soon a service that meets an unknown key asks again, in seconds, at the latest. */
const COOLDOWN_S = 10;

/** How often a replica looks for changes, in seconds. */
export const POLL_S = 1;

/**
 * How long a key is published before it signs, in seconds. After that nobody is left who has to wait before they learn of it: every replica
 * publishes it, no copy kept on the way is older, and whoever still does not know it may ask.
 */
export const LEAD_S = POLL_S + MAX_AGE_S + COOLDOWN_S + CLOCK_SKEW_S;

/** How long a key is published after its last signature, in seconds: as long as a token of it lives, and a cached copy beside. */
export const TRAIL_S = MAX_LIFETIME_S + CLOCK_SKEW_S + POLL_S + MAX_LIFETIME_S;
