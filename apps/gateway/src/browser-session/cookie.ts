import { parseCookie, stringifySetCookie } from 'cookie';
import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** The cookie with the session's id: 256 random bits. Browsers send it only from pages of this site. */
export const SESSION_COOKIE = '__Host-session';

/** The prefix of the cookies with the sealed state of started log-ins. Browsers also send them on the redirect from the authorization server. */
const LOG_IN = '__Host-login-';

/** The number of log-ins that a browser can have started at once. */
const MAX_LOG_INS = 8;

/** The name of a started log-in's cookie. Each `state` has its own, so that log-ins in several tabs do not end each other. */
export const logInCookie = (state: string): LogInCookie => `${LOG_IN}${hash('sha256', state, 'base64url').slice(0, 16)}`;

/** Names of the cookies of started log-ins that a further one displaces. */
export function displacedLogIns({ headers }: Pick<FastifyRequest, 'headers'>): LogInCookie[] {
  const started = Object.keys(parseCookie(headers.cookie ?? '')).filter((name): name is LogInCookie => name.startsWith(LOG_IN));
  // Browsers send the oldest first (RFC 6265 §5.4).
  return started.slice(0, Math.max(0, started.length - MAX_LOG_INS + 1));
}

type LogInCookie = `${typeof LOG_IN}${string}`;

/** The cookie with the sealed notice for the next page. */
export const NOTICE_COOKIE = '__Host-notice';

type Name = typeof SESSION_COOKIE | typeof NOTICE_COOKIE | LogInCookie;

/** The value of a request's cookie. */
export const cookieIn = ({ headers }: Pick<FastifyRequest, 'headers'>, name: Name) => parseCookie(headers.cookie ?? '')[name];

/**
 * A `Set-Cookie` header. With the prefix `__Host-`, browsers accept the cookie only over TLS (or from this machine) and send it only to this
 * host (RFC 6265bis §4.1.3).
 *
 * @param maxAge the lifetime in seconds
 */
export const setCookie = (name: Name, value: string, maxAge: number) =>
  stringifySetCookie({
    name,
    value,
    maxAge,
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: name.startsWith(LOG_IN) ? 'lax' : 'strict',
  });

/** A `Set-Cookie` header that deletes a cookie. */
export const clearCookie = (name: Name) => setCookie(name, '', 0);
