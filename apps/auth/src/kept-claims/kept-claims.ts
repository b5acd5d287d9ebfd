import { Inject, Injectable, Logger } from '@nestjs/common';
import type { GetClaimsResponse } from '@reputable/contracts/user/v1/user';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import type { IssuePoint } from '../revocation/revoke.ts';

/** The injection token of the setting `CLAIMS_GRACE_S`. */
export const CLAIMS_GRACE_S = Symbol('CLAIMS_GRACE_S');

/** The number of users whose last stored claims a replica remembers. Each takes some 300 bytes. */
const REMEMBERED = 10_000;

/** The claims of a user. */
export type Claims = Pick<GetClaimsResponse, 'roles' | 'reputation' | 'suspended' | 'displayName'>;

/** Claims from the database. */
export interface OldClaims extends Claims {
  /** How long ago the user service stated them, in seconds. */
  readonly ageS: number;
  /** The number of the last revocation before the user service stated them. */
  readonly rev: number;
}

/**
 * Keeps the last claims of each user in the database, for an outage of the user service. All replicas use them, also after a restart.
 *
 * A revocation of the user's tokens follows each change of roles and each suspension. Claims from before the last one are not used.
 */
@Injectable()
export class KeptClaims {
  readonly #log = new Logger('claims');
  /** The stored claims, as JSON, by user id. */
  readonly #stored: LRUCache<string, string>;

  /** @param graceS how long claims are used; 0 keeps none */
  constructor(
    readonly dataSource: DataSource,
    @Inject(CLAIMS_GRACE_S) readonly graceS: number,
  ) {
    // After a tenth of the grace, unchanged claims are stored again, with their new time.
    this.#stored = new LRUCache({ max: REMEMBERED, ttl: Math.max(1, graceS * 100) });
  }

  /**
   * Keeps claims. Changes the database only if they have changed, or were stored long ago. Never fails.
   *
   * @param at the point of issue before the claims were read
   */
  async keep(userId: string, { roles, reputation, suspended, displayName }: Claims, at: IssuePoint): Promise<void> {
    if (this.graceS === 0) return;
    const claims = JSON.stringify({ roles, reputation, suspended, displayName });
    if (this.#stored.get(userId) === claims) return;
    this.#stored.set(userId, claims);
    try {
      await this.dataSource.query(STORE, [userId, claims, at.rev, at.time]);
    } catch (err) {
      this.#stored.delete(userId);
      this.#log.warn({ msg: 'claims not kept', user: userId, err });
    }
  }

  /** The kept claims of a user, if they are not older than the grace and no revocation of the user followed them. */
  async of(userId: string): Promise<OldClaims | undefined> {
    if (this.graceS === 0) return undefined;
    const [kept] = await this.dataSource.query<{ claims: Claims; ageS: number; rev: number }[]>(FIND, [userId, this.graceS]);
    return kept && { ...kept.claims, ageS: kept.ageS, rev: kept.rev };
  }
}

/** Of claims that are stored at the same time, the later ones remain. */
const STORE = `
  INSERT INTO kept_claims (user_id, claims, rev, read_at) VALUES ($1, $2, $3, to_timestamp($4))
  ON CONFLICT (user_id) DO UPDATE SET claims = excluded.claims, rev = excluded.rev, read_at = excluded.read_at
  WHERE (kept_claims.rev, kept_claims.read_at) <= (excluded.rev, excluded.read_at)`;

const FIND = `
  SELECT claims, rev::float8 AS rev, greatest(0, ceil(extract(epoch FROM clock_timestamp() - read_at)))::int AS "ageS" FROM kept_claims
  WHERE user_id = $1 AND read_at > clock_timestamp() - make_interval(secs => $2)
    AND NOT EXISTS (SELECT 1 FROM revocation WHERE subject_id = $1 AND subject_kind = 'user' AND number > kept_claims.rev)`;
