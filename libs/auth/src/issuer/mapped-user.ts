import { z } from 'zod';

const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, { error: 'has control characters' });
const texts = z.array(text).max(500);

/** The user that `mapClaims` reads from a token's claims. Ids are strings of any form. */
export const MappedUser = z.object({
  /** The user's id, unique for the issuer. */
  id: text,
  /** Roles that the contract's rules name; others have no effect. */
  roles: texts,
  /** A whole number. Default: 0, which satisfies no `min_reputation`. */
  reputation: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31)
    .optional(),
  /** How old the roles and the reputation were when the token was issued, in seconds. Default: they were current. Rules can refuse old ones. */
  claimsAgeS: z.number().int().min(0).optional(),
  /** OAuth scopes. */
  scopes: texts,
  /** The id of the user's session, for revocation. */
  sessionId: text.optional(),
  /** The OAuth client that the token was issued to. */
  clientId: text.optional(),
  /** The service that acts for the user. */
  actor: text.optional(),
  /** When the user logged in. */
  authenticatedAt: z.date().optional(),
  /** How the user logged in (RFC 8176). */
  authenticationMethods: texts.optional(),
  /** The token follows the revocations of its user up to this number. Our own issuer states it in `rev`. */
  afterRevocation: z.number().int().min(0).optional(),
  /** The tenant or organization of the user. */
  tenant: text.optional(),
  /** Further attributes that rules may name. Declare them in `known.attributes`. */
  attributes: z.record(z.string(), z.union([z.number(), texts])).optional(),
});

/** The user that `mapClaims` reads from a token's claims. */
export type MappedUser = Readonly<z.input<typeof MappedUser>>;

/** The claims of a verified token: signature, issuer, audience and times are checked. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * Translates the claims of a verified token to a user.
 *
 * @throws ClaimsError if the claims describe no user, such as those of an ID token. Any other error refuses the token as `TOKEN_INVALID`
 */
export type MapClaims = (claims: Claims) => MappedUser;

/** The token is valid, but its claims cannot be used. The client receives the message: put no claim values into it. */
export class ClaimsError extends Error {
  override readonly name = 'ClaimsError';
}
