import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** Too many log-ins are waiting. Auth has the same error. */
export const tooBusy = () => error(Code.RESOURCE_EXHAUSTED, 'TOO_BUSY', 'Too many people are logging in right now. Try again in a moment.');
