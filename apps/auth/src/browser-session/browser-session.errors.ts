import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** There is no such browser session, or no longer. */
export const browserSessionNotFound = () =>
  error(Code.NOT_FOUND, 'BROWSER_SESSION_NOT_FOUND', 'There is no such browser session, or no longer. Log in again.');

/** The browser session is not what it was when whoever wants to change it looked at it. */
export const browserSessionChanged = () =>
  error(Code.ABORTED, 'BROWSER_SESSION_CHANGED', 'The browser session has been changed meanwhile. Look again.');
