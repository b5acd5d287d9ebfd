import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';

/** How long the browser may take at the provider, in seconds. */
const KEPT_S = 600;

/** A cookie for each log-out, so that two tabs do not disturb each other. */
const nameOf = (state: string) => `__Host-log-out-${state.slice(0, 16)}`;

const setCookie = (state: string, value: string, maxAge: number) =>
  stringifySetCookie({ name: nameOf(state), value, maxAge, path: '/', httpOnly: true, secure: true, sameSite: 'lax' });

/** The `Set-Cookie` header that keeps where the browser goes on after the log-out at a provider. @param state 256 random bits in base64url */
export const keepNext = (state: string, next: string) => setCookie(state, `${state}.${Buffer.from(next).toString('base64url')}`, KEPT_S);

/** The `Set-Cookie` header that forgets it. */
export const forgetNext = (state: string) => setCookie(state, '', 0);

/** Where this browser goes on after the log-out with this state. */
export function nextIn({ headers }: Pick<FastifyRequest, 'headers'>, state: string): string | undefined {
  const [kept, next = ''] = (parseCookie(headers.cookie ?? '')[nameOf(state)] ?? '').split('.');
  return state !== '' && kept === state ? Buffer.from(next, 'base64url').toString() : undefined;
}
