import type { JSONWebKeySet } from 'jose';
import type { ClaimsSource } from './claims-source.ts';
import type { MapClaims } from './mapped-user.ts';

/** The signature algorithms that an issuer may use (RFC 7518 §3.1, RFC 8037 §3.1). Neither `none` nor any HMAC is among them. */
export const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const;

/** The default algorithm of access tokens, and that of our own issuer (RFC 7518 §3.4). */
export const ALGORITHM = 'ES256';

/** The default of the longest accepted lifetime of an access token, in seconds. */
export const MAX_LIFETIME_S = 300;

/** The default of the tolerated difference between the clocks of the issuer and a service, in seconds. */
export const CLOCK_SKEW_S = 5;

/** A signature algorithm. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** The accepted values of the header parameter `typ` that an issuer can have. */
export const TOKEN_TYPES = ['at+jwt', 'JWT', 'absent'] as const;

/** An accepted value of the header parameter `typ`. `at+jwt` stands for `application/at+jwt`, too; `absent` for a header without `typ`. */
export type TokenType = (typeof TOKEN_TYPES)[number];

/** How to fetch and cache an issuer's public keys. All times in milliseconds. */
export interface FetchOptions {
  /** How long a fetched JWKS stays fresh. Default: 5 minutes. */
  readonly maxAgeMs?: number;
  /** How long the last valid JWKS stays in use while fetches fail. After that every token is refused. Default: 1 hour. */
  readonly maxStaleMs?: number;
  /** The shortest time between two fetches for unknown key ids. Default: 10 seconds. */
  readonly cooldownMs?: number;
  /** The timeout of a fetch. Default: 2 seconds. */
  readonly timeoutMs?: number;
  /** The largest accepted response, in bytes. Default: 65,536. */
  readonly maxBytes?: number;
}

/**
 * The source of an issuer's public keys:
 *
 * - `jwksUri`: a JWKS (RFC 7517) at this URL;
 * - `jwks`: these keys, which never change;
 * - neither: the `jwks_uri` of the issuer's metadata (OpenID Connect Discovery 1.0, RFC 8414).
 */
export type IssuerKeys = (FetchOptions & { readonly jwksUri?: URL; readonly jwks?: undefined }) | { readonly jwks: JSONWebKeySet };

/**
 * An issuer whose access tokens the service accepts. Only `url` is required: every default is that of our own issuer. The service logs
 * every option that weakens a check when it starts.
 */
export interface IssuerOptions {
  /** The issuer identifier: the token's `iss`, compared exactly (RFC 8725 §3.8). */
  readonly url: string;
  /** The source of its keys. Default: the issuer's metadata. */
  readonly keys?: IssuerKeys;
  /** The value that `aud` must contain (RFC 8725 §3.9). Default: the service's name. */
  readonly audience?: string;
  /** The claim that holds the audience. Amazon Cognito has it in `client_id`. Default: `aud`. */
  readonly audienceClaim?: 'aud' | 'client_id';
  /** The accepted algorithms. Each token's `alg` must also match its key. Default: `ES256` alone. */
  readonly algorithms?: readonly Algorithm[];
  /** The accepted header parameters `typ`. `at+jwt` stands for `application/at+jwt`, too. Default: `at+jwt` alone (RFC 9068 §2.1). */
  readonly types?: readonly TokenType[];
  /** The longest accepted lifetime of a token, in seconds: 1 to 86,400. Default: 300. */
  readonly maxLifetimeS?: number;
  /** The tolerated difference between the clocks of the issuer and the service, in seconds: 0 to 60. Default: 5. */
  readonly clockSkewS?: number;
  /** Translates the claims of a verified token to a user. Default: the claims of our own issuer. */
  readonly mapClaims?: MapClaims;
  /** The claims of an example token. The service does not start if `mapClaims` cannot map them. Required with `mapClaims`. */
  readonly exampleClaims?: Readonly<Record<string, unknown>>;
  /**
   * Prefixes the ids of the issuer's users and sessions: `partner` makes `partner:42` of `42`. With several issuers, each but one needs its
   * own: the same `sub` from two issuers is two users.
   */
  readonly namespace?: string;
  /**
   * The trust domain whose Transaction Tokens of this issuer the service accepts, too: `typ: txntoken+jwt`, with the trust domain as the audience
   * (draft-ietf-oauth-transaction-tokens-10). Such a token is valid from one service, for reads or for one rpc. Default: none.
   */
  readonly transactionTokens?: string;
  /** Asks another service for the part of a user's claims that is not in the token. Default: none. */
  readonly claimsSource?: ClaimsSource;
}
