import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { hashOf } from '../secret/secret-hash.ts';

/** What a link is for. It does nothing else. */
export type Purpose = 'verify_email' | 'log_in' | 'reset_password' | 'change_email';

/** A link that can be used. */
export interface OneTimeLink {
  readonly id: string;
  readonly accountId: string;
  /** The address that the link was sent to. */
  readonly email: string;
}

/** A link to make. */
export interface NewLink extends OneTimeLink {
  readonly purpose: Purpose;
  /** The interaction that a link for log-in is bound to. */
  readonly interaction?: string | undefined;
}

/** A link as a browser opens it. */
export interface OpenedLink {
  readonly purpose: Purpose;
  readonly token: string;
  /** The interaction of this browser. */
  readonly interaction?: string;
}

/** How long a link is valid, in minutes. */
export const LINK_LIFETIME_MIN = 15;

/**
 * The condition for a link that can be used, with the parameters of {@link wanted}. A link can be made while the address of its account changes, and
 * then goes to the old address.
 */
const USABLE = `link.token_hash = $1 AND link.purpose = $2 AND link.interaction_hash IS NOT DISTINCT FROM $3
  AND link.used_at IS NULL AND link.expires_at > now()
  AND (link.purpose = 'change_email' OR EXISTS (SELECT FROM account WHERE id = link.account_id AND email = link.email))`;

const COLUMNS = 'link.id, link.account_id AS "accountId", link.email';

/**
 * One-time links: a token of 256 random bits, of which the table has only the hash. A link is bound to its purpose, and a link for log-in
 * to the browser's interaction.
 */
@Injectable()
export class OneTimeLinks {
  constructor(readonly dataSource: DataSource) {}

  /**
   * Makes a link. A second call with its id makes a new token, and the earlier one becomes invalid.
   *
   * @returns the token; undefined if the link has been used
   */
  async make({ id, purpose, accountId, email, interaction }: NewLink): Promise<string | undefined> {
    const token = randomBytes(32).toString('base64url');
    const made = await this.dataSource.query<object[]>(
      `INSERT INTO one_time_link AS link (id, purpose, token_hash, account_id, email, interaction_hash, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(mins => $7))
       ON CONFLICT (id) DO UPDATE SET token_hash = EXCLUDED.token_hash, expires_at = EXCLUDED.expires_at WHERE link.used_at IS NULL
       RETURNING id`,
      [id, purpose, hashOf(token), accountId, email, hashIfAny(interaction), LINK_LIFETIME_MIN],
    );
    return made.length === 1 ? token : undefined;
  }

  /** Finds a link that can be used, without using it. */
  async find(opened: OpenedLink): Promise<OneTimeLink | undefined> {
    const [link] = await this.dataSource.query<OneTimeLink[]>(`SELECT ${COLUMNS} FROM one_time_link link WHERE ${USABLE}`, wanted(opened));
    return link;
  }

  /**
   * Uses a link, in the transaction of its effect. Of concurrent calls exactly one gets the link: the row's update decides. The lock of the
   * account comes first, so that the effects on an account follow one after the other.
   */
  async use(tx: EntityManager, opened: OpenedLink): Promise<OneTimeLink | undefined> {
    const values = wanted(opened);
    const account = `SELECT id FROM account
      WHERE id = (SELECT link.account_id FROM one_time_link link WHERE ${USABLE}) AND state = 'active' FOR NO KEY UPDATE`;
    if ((await tx.query<object[]>(account, values)).length === 0) return undefined;
    const use = `WITH used AS (UPDATE one_time_link link SET used_at = now() WHERE ${USABLE} RETURNING ${COLUMNS}) SELECT * FROM used`;
    const [link] = await tx.query<OneTimeLink[]>(use, values);
    return link;
  }

  /** Makes all unused links of an account invalid. */
  async revokeAll(tx: EntityManager, accountId: string): Promise<void> {
    await tx.query('DELETE FROM one_time_link WHERE account_id = $1 AND used_at IS NULL', [accountId]);
  }
}

const wanted = ({ purpose, token, interaction }: OpenedLink) => [hashOf(token), purpose, hashIfAny(interaction)];

const hashIfAny = (secret: string | undefined) => (secret === undefined ? null : hashOf(secret));
