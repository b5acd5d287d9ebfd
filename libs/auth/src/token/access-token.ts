import { z } from 'zod';
import { AuthenticatedUser } from '../access/authenticated-user.ts';

/** How long an access token may be good for, in seconds, whatever its issuer wrote into it. */
export const MAX_LIFETIME_S = 300;

/** How far the clocks of the issuer and a service may be apart, in seconds. */
export const CLOCK_SKEW_S = 5;

/** The algorithm of every access token (RFC 7518 §3.4). Pinned: what a token's header asks for does not matter. */
export const ALGORITHM = 'ES256';

/** An access token's header (RFC 9068 §2.1). Anything more than this is refused: no `jwk`, `jku`, `x5u`, `crit`, `b64`. */
export const AccessTokenHeader = z.strictObject({
  alg: z.literal(ALGORITHM),
  typ: z.enum(['at+jwt', 'application/at+jwt']),
  kid: z.string().min(1).max(128),
});

const seconds = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** The claims of an access token (RFC 9068 §2.2) with ours: roles, reputation and the session. `act`: RFC 8693 §4.1. */
export const AccessTokenClaims = z.object({
  iss: z.string(),
  // As revocations have them.
  sub: z.uuid().toLowerCase(),
  aud: z.union([z.string(), z.array(z.string()).max(50)]),
  client_id: z.string().max(200),
  sid: z.uuid().toLowerCase(),
  jti: z.string().min(1).max(200),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
  scope: z.string().max(1000),
  roles: z.array(z.string().max(100)).max(50),
  reputation: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31),
  // Who acted before that one, and what else is said of it, decides nothing.
  act: z.object({ sub: z.string().min(1).max(200) }).optional(),
});

/** The claims of an access token. */
export type AccessTokenClaims = z.infer<typeof AccessTokenClaims>;

/** A token that has been verified. */
export interface VerifiedToken {
  /** The token's subject. */
  readonly user: AuthenticatedUser;
  /** The `Authorization` it came in, `Bearer …`, to forward. */
  readonly authorization: string;
  /** When it was issued: seconds since the epoch. */
  readonly issuedAt: number;
  /** When it ends: seconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * What is wrong with the times of a token whose signature, issuer and audience are right, if anything is.
 * jsonwebtoken has checked `exp` and `nbf` where they are there; that they are, and are sane, is checked here.
 */
export function faultInTimes({ iat, exp }: AccessTokenClaims, now = Date.now() / 1000): string | undefined {
  if (iat > now + CLOCK_SKEW_S) return 'iat is in the future';
  if (exp <= iat) return 'exp is not after iat';
  if (exp - iat > MAX_LIFETIME_S) return `the lifetime exceeds ${String(MAX_LIFETIME_S)} seconds`;
  return undefined;
}

/** The user that these claims describe. */
export function userOf(claims: AccessTokenClaims): AuthenticatedUser {
  return new AuthenticatedUser({
    id: claims.sub,
    roles: claims.roles,
    reputation: claims.reputation,
    scopes: claims.scope.split(' ').filter(Boolean),
    sessionId: claims.sid,
    clientId: claims.client_id,
    actor: claims.act?.sub,
  });
}
