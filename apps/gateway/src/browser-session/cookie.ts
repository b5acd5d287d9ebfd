import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';

/** The cookie with the session's id: 256 random bits. Browsers send it only from pages of this site. */
export const SESSION_COOKIE = '__Host-session';

/** The cookie with the sealed state of a started log-in. Browsers also send it on the redirect from the authorization server. */
export const LOG_IN_COOKIE = '__Host-login';

/** The cookie with the sealed notice for the next page. */
export const NOTICE_COOKIE = '__Host-notice';

const SAME_SITE = { [SESSION_COOKIE]: 'strict', [LOG_IN_COOKIE]: 'lax', [NOTICE_COOKIE]: 'strict' } as const;

type Name = keyof typeof SAME_SITE;

/** The value of a request's cookie. */
export const cookieIn = ({ headers }: Pick<FastifyRequest, 'headers'>, name: Name) => parseCookie(headers.cookie ?? '')[name];

/**
 * A `Set-Cookie` header. With the prefix `__Host-`, browsers accept the cookie only over TLS (or from this machine) and send it only to this
 * host (RFC 6265bis §4.1.3).
 *
 * @param maxAge the lifetime in seconds
 */
export const setCookie = (name: Name, value: string, maxAge: number) =>
  stringifySetCookie({ name, value, maxAge, path: '/', httpOnly: true, secure: true, sameSite: SAME_SITE[name] });

/** A `Set-Cookie` header that deletes a cookie. */
export const clearCookie = (name: Name) => setCookie(name, '', 0);
