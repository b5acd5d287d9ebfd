import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The e-mail address already has an account. */
export const emailTaken = () => error(Code.ALREADY_EXISTS, 'EMAIL_TAKEN', 'There is an account with this e-mail address. Log in instead.');
