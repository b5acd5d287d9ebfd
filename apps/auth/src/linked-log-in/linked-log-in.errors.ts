import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The user's account has no linked log-in with this id. */
export const linkedLogInNotFound = (id: string) =>
  error(Code.NOT_FOUND, 'LINKED_LOG_IN_NOT_FOUND', 'You have no such linked log-in. You may have unlinked it before.', { id });

/** Without this log-in, the user could not log in any more. */
export const lastWayIn = () =>
  error(
    Code.FAILED_PRECONDITION,
    'LAST_WAY_IN',
    'This is your only way to log in. First choose a password with "Forgot your password?" on the log-in page, or link another provider.',
  );
