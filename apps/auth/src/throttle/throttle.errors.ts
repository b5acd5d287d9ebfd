import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** A limit on attempts is reached. */
export function tooManyAttempts(waitMs: number) {
  const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1000)));
  return error(Code.RESOURCE_EXHAUSTED, 'TOO_MANY_ATTEMPTS', `Too many attempts. Try again in ${retryAfter} seconds.`, { retryAfter });
}
