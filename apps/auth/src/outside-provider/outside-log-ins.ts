import { Injectable } from '@nestjs/common';
import { newId } from '@reputable/database';
import { randomBytes } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { hashOf } from '../secret/secret-hash.ts';
import { type LogInSecrets, secretsOf } from './log-in-secrets.ts';
import type { OutsideSession } from './outside-session.ts';
import type { Identity } from './outside-provider.ts';

/** What a log-in with a provider is for: a waiting authorization request, or the account of a browser that is logged in. */
export type Aim = { readonly interaction: string } | { readonly accountId: string };

/** A log-in to begin. */
export interface NewLogIn {
  readonly provider: string;
  readonly aim: Aim;
  readonly expiresAt: Date;
}

/** A log-in that the provider has answered. */
export interface OutsideLogIn {
  /** UUIDv7. */
  readonly id: string;
  readonly provider: string;
  readonly begunAt: Date;
  readonly identity: Identity;
}

/** The session at the provider. */
export const sessionOf = ({ identity: { issuer, subject, sid } }: OutsideLogIn): OutsideSession => ({ issuer, subject, sid });

/** The condition for a log-in that was answered and not used, with the parameters of {@link wanted}. */
const USABLE = `interaction_hash IS NOT DISTINCT FROM $1 AND account_id IS NOT DISTINCT FROM $2 AND identity IS NOT NULL AND expires_at > now()`;

const COLUMNS = 'id, provider, begun_at AS "begunAt", identity';

/**
 * The log-ins with outside providers that have begun. Each is bound to the browser that has its secret, and to its aim; the provider answers
 * it once, and the answer has one effect. The table has no secret.
 */
@Injectable()
export class OutsideLogIns {
  constructor(readonly dataSource: DataSource) {}

  /** Begins a log-in. @returns the secret for the browser's cookie */
  async begin({ provider, aim, expiresAt }: NewLogIn): Promise<string> {
    const secret = randomBytes(32).toString('base64url');
    await this.dataSource.query(
      `INSERT INTO outside_log_in (id, state_hash, provider, interaction_hash, account_id, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
      [newId(), hashOf(secretsOf(secret).state), provider, ...wanted(aim), expiresAt],
    );
    return secret;
  }

  /**
   * Takes the provider's answer to a log-in. Of concurrent calls, exactly one returns the log-in.
   *
   * @param provider to which the answer came. The answer of another one is refused.
   * @param interaction the aim's, or undefined if the aim is an account
   */
  async takeAnswer(provider: string, { state }: LogInSecrets, interaction: string | undefined): Promise<string | undefined> {
    const [taken] = await this.dataSource.query<{ id: string }[]>(
      `WITH taken AS (
         UPDATE outside_log_in SET returned_at = now()
         WHERE state_hash = $1 AND provider = $2 AND interaction_hash IS NOT DISTINCT FROM $3 AND returned_at IS NULL AND expires_at > now()
         RETURNING id
       ) SELECT id FROM taken`,
      [hashOf(state), provider, interaction === undefined ? null : hashOf(interaction)],
    );
    return taken?.id;
  }

  /** Saves for whom the provider has answered. */
  async identified(id: string, identity: Identity): Promise<void> {
    await this.dataSource.query('UPDATE outside_log_in SET identity = $2 WHERE id = $1', [id, JSON.stringify(identity)]);
  }

  /** Finds a log-in that was answered, without using it. */
  async find(id: string, aim: Aim): Promise<OutsideLogIn | undefined> {
    const sql = `SELECT ${COLUMNS} FROM outside_log_in WHERE ${USABLE} AND id::text = $3`;
    const [found] = await this.dataSource.query<OutsideLogIn[]>(sql, [...wanted(aim), id]);
    return found;
  }

  /**
   * Makes a link that shows that the user reads mail to the address that the provider stated. A second call makes a new one, and the earlier one
   * becomes invalid.
   *
   * @returns the token; undefined if the log-in is over
   */
  async makeLink(id: string): Promise<string | undefined> {
    const token = randomBytes(32).toString('base64url');
    const sql = `WITH made AS (UPDATE outside_log_in SET link_hash = $2 WHERE id = $1 AND expires_at > now() RETURNING 1) SELECT 1 FROM made`;
    return (await this.dataSource.query<object[]>(sql, [id, hashOf(token)])).length === 1 ? token : undefined;
  }

  /** Whether a token is that of the log-in's link. */
  hasLink(id: string, token: string): Promise<boolean> {
    const sql = 'SELECT 1 FROM outside_log_in WHERE id::text = $1 AND link_hash = $2 AND expires_at > now()';
    return this.dataSource.query<object[]>(sql, [id, hashOf(token)]).then((found) => found.length === 1);
  }

  /** The latest answer of an authorization request in which a provider stated this address. */
  async findByEmail(interaction: string, email: string): Promise<OutsideLogIn | undefined> {
    const sql = `SELECT ${COLUMNS} FROM outside_log_in WHERE ${USABLE} AND identity ->> 'email' = $3 ORDER BY id DESC LIMIT 1`;
    const [found] = await this.dataSource.query<OutsideLogIn[]>(sql, [...wanted({ interaction }), email]);
    return found;
  }

  /** Uses a log-in that was answered, in the transaction of its effect. Of concurrent calls, exactly one returns true. */
  async use(tx: EntityManager, id: string, aim: Aim): Promise<boolean> {
    const sql = `WITH used AS (DELETE FROM outside_log_in WHERE ${USABLE} AND id::text = $3 RETURNING 1) SELECT 1 FROM used`;
    return (await tx.query<object[]>(sql, [...wanted(aim), id])).length === 1;
  }
}

const wanted = (aim: Aim) => ('interaction' in aim ? [hashOf(aim.interaction), null] : [null, aim.accountId]);
