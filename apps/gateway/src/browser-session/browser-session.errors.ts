import { Code, DomainError } from '@reputable/errors';
import { ErrorWithHeaders } from '../http/refusal.ts';
import { clearCookie, SESSION_COOKIE } from './cookie.ts';

/** Has to be there, with any value, in every request that is made with the cookie: see `refuseCrossSite`. */
export const CSRF_HEADER = 'x-reputable-csrf';

/**
 * Why the gateway itself refused a request of a browser:
 *
 * - `BROWSER_SESSION_ENDED`: the session of the cookie is over. UNAUTHENTICATED.
 * - `CROSS_SITE_REQUEST`: a page of another site could have sent it. PERMISSION_DENIED.
 * - `CREDENTIALS_AMBIGUOUS`: there is a cookie and a bearer token: whose request is it? INVALID_ARGUMENT.
 */
type Reason = 'BROWSER_SESSION_ENDED' | 'CROSS_SITE_REQUEST' | 'CREDENTIALS_AMBIGUOUS';

const error = (code: DomainError['code'], reason: Reason, message: string) =>
  new DomainError(code, reason, message, {}, 'reputable.gateway');

/** The session has ended: logged out, ended elsewhere, or its lifetime is over. The browser is told to forget the cookie. */
export const browserSessionEnded = () =>
  new ErrorWithHeaders(error(Code.UNAUTHENTICATED, 'BROWSER_SESSION_ENDED', 'The session is over. Log in again, at /auth/login.'), {
    'set-cookie': clearCookie(SESSION_COOKIE),
  });

/** Whether something failed because the session is over. */
export const hasEnded = (failure: unknown) =>
  failure instanceof DomainError && failure.reason === ('BROWSER_SESSION_ENDED' satisfies Reason);

/** What is said is how to do it right. */
export const crossSiteRequest = (advice: string) =>
  error(Code.PERMISSION_DENIED, 'CROSS_SITE_REQUEST', `A page of another site could have sent this request. ${advice}`);

/** A request is made with the cookie or with a bearer token. */
export const credentialsAmbiguous = () =>
  error(Code.INVALID_ARGUMENT, 'CREDENTIALS_AMBIGUOUS', 'Send the session cookie or a bearer token, never both.');
