import { randomUUID } from 'node:crypto';

/** A person's session at a client, which began with a log-in at the provider. */
export interface ClientSession {
  /** The `sid` of the ID token and of the logout token. */
  readonly sid: string;
  readonly subject: string;
  readonly clientId: string;
  /** Where the client takes logout tokens. */
  readonly logOutUri: string;
}

/** The cookie that keeps the `sid` in a browser. */
const COOKIE = 'provider_session';

/** The `sid` that a browser keeps. */
export const sidIn = (cookies = ''): string | undefined => new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(cookies)?.[1];

/** The `Set-Cookie` header that keeps a new `sid`. */
export const keepNewSid = (): string => `${COOKIE}=${randomUUID()}; Path=/; HttpOnly; SameSite=Lax`;

/** The `Set-Cookie` header that forgets the `sid`. */
export const forgetSid = `${COOKIE}=; Path=/; Max-Age=0`;
