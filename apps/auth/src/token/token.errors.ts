import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The user is suspended, and gets no token. */
export const userSuspended = () => error(Code.PERMISSION_DENIED, 'USER_SUSPENDED', 'This account has been suspended by a moderator.');
