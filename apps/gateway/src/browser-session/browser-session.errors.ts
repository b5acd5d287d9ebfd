import { Code, DomainError } from '@reputable/errors';
import { ErrorWithHeaders } from '../http/refusal.ts';
import { clearCookie, SESSION_COOKIE } from './cookie.ts';

/** Required with any value in every request with the cookie: see `refuseCrossSite`. */
export const CSRF_HEADER = 'x-reputable-csrf';

/**
 * The reasons for which the gateway itself refuses a request of a browser:
 *
 * - `BROWSER_SESSION_ENDED`: the cookie's session has ended. UNAUTHENTICATED.
 * - `CROSS_SITE_REQUEST`: a page of another site could have sent the request. PERMISSION_DENIED.
 * - `CREDENTIALS_AMBIGUOUS`: the request has both a cookie and a bearer token. INVALID_ARGUMENT.
 */
type Reason = 'BROWSER_SESSION_ENDED' | 'CROSS_SITE_REQUEST' | 'CREDENTIALS_AMBIGUOUS';

const error = (code: DomainError['code'], reason: Reason, message: string) =>
  new DomainError(code, reason, message, {}, 'reputable.gateway');

/** The session has ended: by log-out, from another device, or after its lifetime. The response clears the cookie. */
export const browserSessionEnded = () => new ErrorWithHeaders(browserSessionMissing(), { 'set-cookie': clearCookie(SESSION_COOKIE) });

/**
 * The request has no session. The response keeps the cookie: the browser may have one that it does not send with the requests of other sites,
 * which would otherwise log users out.
 */
export const browserSessionMissing = () =>
  error(Code.UNAUTHENTICATED, 'BROWSER_SESSION_ENDED', 'The session is over. Log in again, at /auth/login.');

/** Whether a failure means that the session has ended. */
export const hasEnded = (failure: unknown) =>
  failure instanceof DomainError && failure.reason === ('BROWSER_SESSION_ENDED' satisfies Reason);

/** A page of another site could have sent the request. `advice` is the instruction for the client. */
export const crossSiteRequest = (advice: string) =>
  error(Code.PERMISSION_DENIED, 'CROSS_SITE_REQUEST', `A page of another site could have sent this request. ${advice}`);

/** The request has both the cookie and a bearer token. */
export const credentialsAmbiguous = () =>
  error(Code.INVALID_ARGUMENT, 'CREDENTIALS_AMBIGUOUS', 'Send the session cookie or a bearer token, never both.');
