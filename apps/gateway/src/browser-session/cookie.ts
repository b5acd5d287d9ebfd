import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';

/** Has the browser's session: 256 random bits that mean nothing to anybody else. Only sent by pages of this site. */
export const SESSION_COOKIE = '__Host-session';

/** Has what a log-in that has begun must remember, sealed. Also sent when another site leads back here: that is how a log-in ends. */
export const LOG_IN_COOKIE = '__Host-login';

const SAME_SITE = { [SESSION_COOKIE]: 'strict', [LOG_IN_COOKIE]: 'lax' } as const;

type Name = keyof typeof SAME_SITE;

/** The value of a cookie that came with a request. */
export const cookieIn = ({ headers }: Pick<FastifyRequest, 'headers'>, name: Name) => parseCookie(headers.cookie ?? '')[name];

/**
 * A `Set-Cookie` header. By the name's prefix, browsers take it from this host over TLS alone (or from this machine), and send it
 * to nobody else (RFC 6265bis §4.1.3).
 *
 * @param maxAge how long the browser keeps it, in seconds
 */
export const setCookie = (name: Name, value: string, maxAge: number) =>
  stringifySetCookie({ name, value, maxAge, path: '/', httpOnly: true, secure: true, sameSite: SAME_SITE[name] });

/** A `Set-Cookie` header that makes the browser forget a cookie. */
export const clearCookie = (name: Name) => setCookie(name, '', 0);
