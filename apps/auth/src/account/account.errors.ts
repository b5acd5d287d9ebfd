import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** No active account has this e-mail address and password. */
export const credentialsInvalid = () => error(Code.UNAUTHENTICATED, 'CREDENTIALS_INVALID', 'The e-mail address or the password is wrong.');

/** The given current password does not match the account. */
export const currentPasswordWrong = () => error(Code.UNAUTHENTICATED, 'CREDENTIALS_INVALID', 'The current password is wrong.');

/** The user is suspended and cannot get tokens. */
export const userSuspended = () => error(Code.PERMISSION_DENIED, 'USER_SUSPENDED', 'This account has been suspended by a moderator.');

/** The account has no password, and its user has not logged in within the last minutes. */
export const logInNotRecent = () =>
  error(Code.FAILED_PRECONDITION, 'LOG_IN_NOT_RECENT', 'Your account has no password. Log in again, and repeat this within five minutes.');

/** The account has no e-mail address: its user came with a token of another issuer, or is an API client. */
export const accountWithoutEmail = () =>
  error(Code.FAILED_PRECONDITION, 'ACCOUNT_WITHOUT_EMAIL', 'This account has no e-mail address. Manage it where you log in.');
