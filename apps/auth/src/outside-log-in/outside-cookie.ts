import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';
import { secretsOf } from '../outside-provider/log-in-secrets.ts';

/** What a browser keeps of a log-in with a provider. */
export interface Kept {
  readonly secret: string;
  /** The authorization request that waits for it; undefined if it links an account. */
  readonly interaction: string | undefined;
}

/** How long a browser keeps it, in seconds: as long as a log-in page is valid. */
export const KEPT_S = 600;

/** A cookie for each state, so that two tabs do not disturb each other. */
const nameOf = (state: string) => `__Host-outside-${state.slice(0, 16)}`;

/**
 * A `Set-Cookie` header. Browsers also send the cookie when the provider sends them back. With the prefix `__Host-`, they accept it only over
 * TLS or from this machine, and no other host can set it (RFC 6265bis §4.1.3).
 */
const setCookie = (state: string, value: string, maxAge: number) =>
  stringifySetCookie({ name: nameOf(state), value, maxAge, path: '/', httpOnly: true, secure: true, sameSite: 'lax' });

/** The `Set-Cookie` header that keeps a log-in. */
export const keep = ({ secret, interaction = '' }: Kept) => setCookie(secretsOf(secret).state, `${secret}.${interaction}`, KEPT_S);

/** The `Set-Cookie` header that forgets a log-in. */
export const forget = (state: string) => setCookie(state, '', 0);

/** What this browser keeps of the log-in with this state. */
export function keptIn({ headers }: Pick<FastifyRequest, 'headers'>, state: string): Kept | undefined {
  const [secret = '', interaction = ''] = (parseCookie(headers.cookie ?? '')[nameOf(state)] ?? '').split('.');
  // The name has a part of the state only.
  if (secretsOf(secret).state !== state) return undefined;
  return { secret, interaction: interaction === '' ? undefined : interaction };
}
