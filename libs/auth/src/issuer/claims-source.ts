import type { AuthenticatedUser } from '../access/authenticated-user.ts';
import type { ClientOf } from '../contract/client.ts';
import type { MappedUser } from './mapped-user.ts';

/** The claims of a user that change faster than tokens, or that the issuer does not know. */
export type LoadedClaims = Pick<MappedUser, 'reputation' | 'attributes'> & { readonly roles?: readonly string[] };

/**
 * Asks another service for claims that are not in the token. A loaded value replaces the token's. If the service fails, the token is refused
 * with `CLAIMS_UNAVAILABLE`.
 *
 * @example
 * claimsSource: {
 *   maxAgeMs: 30_000,
 *   load: ({ id }, clientOf) => clientOf(ReputationService).getReputation({ userId: id }),
 * }
 */
export interface ClaimsSource {
  /** How long loaded claims are used, in milliseconds: 1,000 to 300,000. A change takes effect within this time. */
  readonly maxAgeMs: number;
  /** Loads the claims of a user from a service in `calls`. The calls carry no user's token, so the rule of the rpc must be `service`. */
  readonly load: (user: Pick<AuthenticatedUser, 'id' | 'issuer' | 'tenant'>, clientOf: ClientOf) => Promise<LoadedClaims>;
}
