import { z } from 'zod';
import { AuthenticatedUser } from '../access/authenticated-user.ts';

/** The longest accepted lifetime of an access token, in seconds. */
export const MAX_LIFETIME_S = 300;

/** The tolerated difference between the clocks of the issuer and a service, in seconds. */
export const CLOCK_SKEW_S = 5;

/** The algorithm of every access token (RFC 7518 §3.4). Pinned: a token with another `alg` is refused. */
export const ALGORITHM = 'ES256';

/** An access token's header (RFC 9068 §2.1). Further parameters such as `jwk`, `jku`, `x5u`, `crit` and `b64` are refused. */
export const AccessTokenHeader = z.strictObject({
  alg: z.literal(ALGORITHM),
  typ: z.enum(['at+jwt', 'application/at+jwt']),
  kid: z.string().min(1).max(128),
});

const seconds = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** The claims of an access token (RFC 9068 §2.2; `act`: RFC 8693 §4.1; `amr`: RFC 8176), plus our own: roles, reputation and `sid`. */
export const AccessTokenClaims = z.object({
  iss: z.string(),
  // Revocations use lower-case UUIDs.
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
  // Earlier actors and further members of `act` are ignored.
  act: z.object({ sub: z.string().min(1).max(200) }).optional(),
  auth_time: seconds.optional(),
  amr: z.array(z.string().min(1).max(100)).max(50).optional(),
});

/** The claims of an access token. */
export type AccessTokenClaims = z.infer<typeof AccessTokenClaims>;

/** A verified token. */
export interface VerifiedToken {
  /** The token's subject. */
  readonly user: AuthenticatedUser;
  /** The `Authorization` value to forward: `Bearer …`. */
  readonly authorization: string;
  /** Time of issue in seconds since the epoch. */
  readonly issuedAt: number;
  /** Time of expiry in seconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * The fault in a token's times, if any. jsonwebtoken has already checked that `exp` and `nbf` are valid now.
 */
export function faultInTimes({ iat, exp, auth_time: authTime = 0 }: AccessTokenClaims, now = Date.now() / 1000): string | undefined {
  if (iat > now + CLOCK_SKEW_S) return 'iat is in the future';
  if (exp <= iat) return 'exp is not after iat';
  if (exp - iat > MAX_LIFETIME_S) return `the lifetime exceeds ${String(MAX_LIFETIME_S)} seconds`;
  if (authTime > iat + CLOCK_SKEW_S) return 'auth_time is after iat';
  return undefined;
}

/** The user described by these claims. */
export function userOf(claims: AccessTokenClaims): AuthenticatedUser {
  return new AuthenticatedUser({
    id: claims.sub,
    roles: claims.roles,
    reputation: claims.reputation,
    scopes: claims.scope.split(' ').filter(Boolean),
    sessionId: claims.sid,
    clientId: claims.client_id,
    actor: claims.act?.sub,
    authenticatedAt: claims.auth_time === undefined ? undefined : new Date(claims.auth_time * 1000),
    authenticationMethods: claims.amr ?? [],
  });
}
