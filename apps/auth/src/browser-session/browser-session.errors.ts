import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The browser session does not exist or has expired. */
export const browserSessionNotFound = () =>
  error(Code.NOT_FOUND, 'BROWSER_SESSION_NOT_FOUND', 'There is no such browser session, or no longer. Log in again.');

/** The browser session has another version than the change expects. */
export const browserSessionChanged = () =>
  error(Code.ABORTED, 'BROWSER_SESSION_CHANGED', 'The browser session has been changed meanwhile. Look again.');
