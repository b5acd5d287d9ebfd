import { z } from 'zod';
import type { MapClaims } from './mapped-user.ts';

const seconds = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** The claims of our own access tokens (RFC 9068 §2.2; `act`: RFC 8693 §4.1; `amr`: RFC 8176), plus roles, reputation, `claims_age`, `sid` and `rev`. */
const AccessTokenClaims = z.object({
  // Revocations use lower-case UUIDs.
  sub: z.uuid().toLowerCase(),
  client_id: z.string().max(200),
  sid: z.uuid().toLowerCase(),
  jti: z.string().min(1).max(200),
  iat: seconds,
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
  rev: z.number().int().min(0).optional(),
  claims_age: z.number().int().min(0).optional(),
});

/** The mapping of our own issuer's claims: the default. */
export const reputableClaims: MapClaims = (claims) => {
  const parsed = AccessTokenClaims.parse(claims);
  const { sub, sid, client_id: clientId, scope, roles, reputation, claims_age: claimsAgeS, act, auth_time: authTime, amr, rev } = parsed;
  return {
    id: sub,
    roles,
    reputation,
    claimsAgeS,
    scopes: scope.split(' ').filter(Boolean),
    sessionId: sid,
    clientId,
    actor: act?.sub,
    authenticatedAt: authTime === undefined ? undefined : new Date(authTime * 1000),
    authenticationMethods: amr,
    afterRevocation: rev,
  };
};
