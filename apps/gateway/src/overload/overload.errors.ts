import { Code, DomainError } from '@reputable/errors';

/** The pause before another try that a refused client is asked for, in seconds. */
const RETRY_AFTER_S = 1;

/** The gateway has more requests than it can handle in time. 503, with `Retry-After`. */
export const overloaded = () =>
  new DomainError(
    Code.UNAVAILABLE,
    'OVERLOADED',
    `Too many requests at once. Try again in ${String(RETRY_AFTER_S)} second.`,
    { retryAfter: String(RETRY_AFTER_S) },
    'reputable.gateway',
  );
