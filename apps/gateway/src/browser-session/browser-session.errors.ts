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
 *
 * With another authorization server than ours (P24); metadata: `authorizationServer`, its issuer:
 *
 * - `LOCAL_ACCOUNTS_DISABLED`: it is the place for e-mail addresses and passwords; metadata: also `logIn`, the URL. FAILED_PRECONDITION.
 * - `AUTHORIZATION_SERVER_UNAVAILABLE`: it does not answer, or not as it should. UNAVAILABLE.
 * - `ACCESS_TOKEN_NOT_ACCEPTED`: auth does not accept its access tokens, or the token is of another client. FAILED_PRECONDITION.
 * - `ISSUER_SESSION_ENDED`: the user has ended the session with which it logs the user in. UNAUTHENTICATED.
 */
type Reason =
  | 'BROWSER_SESSION_ENDED'
  | 'CROSS_SITE_REQUEST'
  | 'CREDENTIALS_AMBIGUOUS'
  | 'LOCAL_ACCOUNTS_DISABLED'
  | 'AUTHORIZATION_SERVER_UNAVAILABLE'
  | 'ACCESS_TOKEN_NOT_ACCEPTED'
  | 'ISSUER_SESSION_ENDED';

const error = (code: DomainError['code'], reason: Reason, message: string, metadata: Record<string, string> = {}) =>
  new DomainError(code, reason, message, metadata, 'reputable.gateway');

/** An error whose page has a link to what helps, in place of a new attempt. */
export class ErrorWithLink extends DomainError {
  constructor(
    { code, reason, message, metadata, domain }: DomainError,
    readonly link: { readonly href: string; readonly text: string } | undefined,
  ) {
    super(code, reason, message, metadata, domain);
  }
}

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

/** Users register, log in and manage their password at another authorization server. */
export const localAccountsDisabled = (authorizationServer: string, logIn: string) =>
  error(
    Code.FAILED_PRECONDITION,
    'LOCAL_ACCOUNTS_DISABLED',
    `E-mail addresses and passwords are managed at ${authorizationServer}. Log in at ${logIn}.`,
    { authorizationServer, logIn },
  );

/** The other authorization server does not answer, or not as it should. The log has the details. */
export const authorizationServerUnavailable = (authorizationServer: string) =>
  error(Code.UNAVAILABLE, 'AUTHORIZATION_SERVER_UNAVAILABLE', `${authorizationServer} cannot log you in right now. Try again.`, {
    authorizationServer,
  });

/** Whether a failure means that the other authorization server does not answer. */
export const isUnavailable = (failure: unknown) =>
  failure instanceof DomainError && failure.reason === ('AUTHORIZATION_SERVER_UNAVAILABLE' satisfies Reason);

/** Auth does not accept the access token of a log-in. The settings of auth and of the other server do not match. */
export const accessTokenNotAccepted = (authorizationServer: string) =>
  error(
    Code.FAILED_PRECONDITION,
    'ACCESS_TOKEN_NOT_ACCEPTED',
    `The access tokens of ${authorizationServer} are not accepted here. Tell the operator of this site: the log of auth has the reason.`,
    { authorizationServer },
  );

/** The user has ended this session of the other server in the list of sessions. A new one there is needed. */
export const issuerSessionEnded = (authorizationServer: string) =>
  error(
    Code.UNAUTHENTICATED,
    'ISSUER_SESSION_ENDED',
    `You have ended this session of ${authorizationServer}. Log out there, then log in again.`,
    { authorizationServer },
  );
