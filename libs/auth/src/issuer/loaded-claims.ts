import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { AuthenticatedUser } from '../access/authenticated-user.ts';
import type { ClientOf } from '../contract/client.ts';
import type { ClaimsSource } from './claims-source.ts';
import { MappedUser } from './mapped-user.ts';

/** The number of users whose loaded claims are cached. */
const CACHE_SIZE = 10_000;

const Loaded = MappedUser.pick({ roles: true, reputation: true, attributes: true }).partial();

/** A user's loaded claims, and the end of their use in milliseconds since the epoch. */
interface Entry {
  readonly claims: z.output<typeof Loaded>;
  readonly freshUntil: number;
}

/** The claims source failed: no claims are available. */
export class ClaimsUnavailable extends Error {
  override readonly name = 'ClaimsUnavailable';
}

/** Loads claims from a {@link ClaimsSource}: once per user, tenant and `maxAgeMs`, for any number of concurrent calls. */
export class LoadedClaims {
  readonly #entries: LRUCache<string, Entry, AuthenticatedUser>;

  constructor({ load, maxAgeMs }: ClaimsSource, clientOf: ClientOf) {
    this.#entries = new LRUCache({
      max: CACHE_SIZE,
      ttl: maxAgeMs,
      fetchMethod: async (_id, _former, { context }) => {
        const freshUntil = Date.now() + maxAgeMs;
        return { claims: Loaded.parse(await load(context, clientOf)), freshUntil };
      },
    });
  }

  /**
   * The user with the loaded claims in place of the token's, and the end of their use in seconds since the epoch.
   *
   * @throws ClaimsUnavailable if the source fails
   */
  async of(user: AuthenticatedUser): Promise<{ user: AuthenticatedUser; freshUntil: number }> {
    try {
      const { claims, freshUntil } = await this.#entries.forceFetch(JSON.stringify([user.id, user.tenant]), { context: user });
      return { user: withClaims(user, claims), freshUntil: freshUntil / 1000 };
    } catch (cause) {
      throw new ClaimsUnavailable(`the claims source failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

function withClaims(user: AuthenticatedUser, { roles, reputation, attributes }: Entry['claims']): AuthenticatedUser {
  return user.with({
    roles: roles ?? user.roles,
    reputation: reputation ?? user.reputation,
    attributes: { ...user.attributes, ...attributes },
  });
}
