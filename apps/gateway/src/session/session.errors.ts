import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** More people want to log in than can in time. The same as from auth, if it comes that far. */
export const tooBusy = () => error(Code.RESOURCE_EXHAUSTED, 'TOO_BUSY', 'Too many people are logging in right now. Try again in a moment.');
