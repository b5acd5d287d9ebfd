import { PERSONAL_ACCESS_TOKEN_PREFIX } from '@reputable/contracts';
import { parse } from 'basic-auth';
import type { FastifyRequest } from 'fastify';
import { cookieIn, SESSION_COOKIE } from '../browser-session/cookie.ts';
import { canBeOfIssuer, isOpaqueToken } from '../phantom-token/opaque-token.ts';
import type { ClientCredentials } from '../phantom-token/token-exchange.ts';

/** A token as a credential. */
export interface TokenCredential {
  readonly kind: 'bearer' | 'personal-access-token';
  readonly token: string;
  /** For a token that another issuer may have issued: returns the client's IP address. */
  readonly address?: () => string;
}

/** A token that is bound to a key, and the request with the proof of that key. */
export interface ProvenCredential {
  readonly kind: 'dpop';
  readonly token: string;
  readonly request: FastifyRequest;
}

/** A credential that a strategy checks. Its form decides its kind, and the kind decides which strategy. */
export type KnownCredential =
  | { readonly kind: 'session'; readonly request: FastifyRequest }
  | TokenCredential
  | ProvenCredential
  | ({ readonly kind: 'basic' } & ClientCredentials);

/** The credential of a request. */
export type Credential = KnownCredential | { readonly kind: 'unknown'; readonly fault: string };

/** A token after the scheme (RFC 6750 §2.1). */
const BEARER = /^Bearer (\S+)$/i;

/** A token that is bound to a key (RFC 9449 §7.1). */
const DPOP = /^DPoP (\S+)$/i;

/**
 * Recognizes the credential of a request; undefined without a cookie and an `Authorization` header.
 *
 * @param issuerTokens whether a token of another issuer is a credential
 */
export function credentialOf(request: FastifyRequest, issuerTokens = false): Credential | undefined {
  if (cookieIn(request, SESSION_COOKIE) !== undefined) return { kind: 'session', request };
  if (request.headers.authorization === undefined) return undefined;
  // `headers` contains only the first of several.
  const [header = '', ...more] = request.raw.headersDistinct.authorization ?? [];
  if (more.length > 0) return { kind: 'unknown', fault: 'several Authorization headers' };
  return (
    bearerIn(header, request, issuerTokens) ??
    dpopIn(header, request) ??
    basicIn(header, request) ?? { kind: 'unknown', fault: 'unknown kind of credential' }
  );
}

function bearerIn(header: string, request: FastifyRequest, issuerTokens: boolean): TokenCredential | undefined {
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) return undefined;
  if (isOpaqueToken(token)) return { kind: 'bearer', token };
  const personal = personalAccessToken(token);
  if (personal || !issuerTokens || !canBeOfIssuer(token)) return personal;
  return { kind: 'bearer', token, address: () => request.ip };
}

function dpopIn(header: string, request: FastifyRequest): ProvenCredential | undefined {
  const token = DPOP.exec(header)?.[1];
  return token !== undefined && isOpaqueToken(token) ? { kind: 'dpop', token, request } : undefined;
}

/** A personal access token as the password, with any user name; otherwise the id and the secret of an API client (RFC 7617). */
function basicIn(header: string, request: FastifyRequest): KnownCredential | undefined {
  const { name: clientId = '', pass: clientSecret = '' } = parse(header) ?? {};
  const token = personalAccessToken(clientSecret);
  if (token || clientId === '' || clientSecret === '') return token;
  return { kind: 'basic', clientId, clientSecret, address: () => request.ip };
}

const personalAccessToken = (text: string | undefined): TokenCredential | undefined =>
  text?.startsWith(PERSONAL_ACCESS_TOKEN_PREFIX) ? { kind: 'personal-access-token', token: text } : undefined;
