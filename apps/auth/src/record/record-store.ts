import { Injectable } from '@nestjs/common';
import type { AdapterPayload } from 'oidc-provider';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { BEGUN_LOG_IN } from './delete-records.ts';
import { hashOf } from '../secret/secret-hash.ts';

/** The placeholder for the record's own id in a stored URL. */
const ID = '{id}';

interface Row {
  readonly payload: AdapterPayload;
  readonly consumed: number | null;
}

/** What calls to the store join: a transaction, or one that begins with the use of a refresh token. */
interface Scope {
  manager?: EntityManager | undefined;
  readonly later?: QueryRunner;
}

/** The answer to the use of a record, as it was sealed, and its age in seconds. */
export interface StoredAnswer {
  readonly sealed: string;
  readonly ageS: number;
}

/**
 * The records of the authorization server: codes, tokens, grants, log-ins. Their ids are secrets (the id of a token *is* the token). The
 * table has only hashes of the ids, and payloads without them: a leaked table contains no usable token.
 */
@Injectable()
export class RecordStore {
  readonly #scope = new AsyncLocalStorage<Scope>();

  constructor(readonly dataSource: DataSource) {}

  /** Runs `work` in the current transaction, or in a new one. All calls to the store inside `work` join it. */
  transaction<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const atHand = this.#scope.getStore()?.manager;
    return atHand ? work(atHand) : this.dataSource.transaction((tx) => this.#scope.run({ manager: tx }, () => work(tx)));
  }

  /**
   * Runs `work`. From the use of a refresh token on, all its changes are one transaction, which holds a connection: what `work` does after that
   * must not wait for another one. If `work` resolves with false, the changes are undone, and the token is unused.
   */
  async transactionFromUse(work: () => Promise<boolean>): Promise<void> {
    const later = this.dataSource.createQueryRunner();
    try {
      const isDone = await this.#scope.run({ later }, work);
      if (isDone && later.isTransactionActive) await later.commitTransaction();
    } finally {
      if (later.isTransactionActive) await later.rollbackTransaction();
      if (!later.isReleased) await later.release();
    }
  }

  /** Inserts or replaces a record. @param seconds its lifetime */
  async save(model: string, id: string, payload: AdapterPayload, seconds: number | undefined): Promise<void> {
    const grantId = grantOf(model, id, payload);
    const uid = model === 'Session' ? (payload.uid ?? null) : null;
    await this.#query(
      `INSERT INTO oauth_record (model, hash, payload, grant_id, uid, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
       ON CONFLICT (model, hash) DO UPDATE
         SET payload = EXCLUDED.payload, grant_id = EXCLUDED.grant_id, uid = EXCLUDED.uid, expires_at = EXCLUDED.expires_at`,
      [model, hashOf(id), withoutId(payload, id), grantId, uid, seconds ?? null],
    );
  }

  /** Finds a record, even an expired one, but no log-in that has ended. The reader checks `exp`. */
  async find(model: string, id: string): Promise<AdapterPayload | undefined> {
    const payload = await this.#one(`model = $1 AND hash = $2`, [model, hashOf(id)]);
    return payload && withId(payload, id);
  }

  /** Finds a log-in by the `uid` that tokens and sessions have, without the id that is in its cookie. */
  findByUid(model: string, uid: string): Promise<AdapterPayload | undefined> {
    return this.#one('model = $1 AND uid = $2', [model, uid]);
  }

  /** Marks a record as used. Of concurrent calls, exactly one returns true: the row's update decides. Its time is after any wait for a lock. */
  async consume(model: string, id: string): Promise<boolean> {
    const scope = this.#scope.getStore();
    const begins = model === 'RefreshToken' && scope?.later?.isTransactionActive === false;
    if (begins) {
      await scope.later.startTransaction();
      scope.manager = scope.later.manager;
    }
    const isFirst = await this.#consume(model, id);
    if (begins && !isFirst) {
      // The failed update locks the row, and the end of the grant would wait for it. What follows needs a connection, so none is kept.
      await scope.later.rollbackTransaction();
      await scope.later.release();
      scope.manager = undefined;
    }
    return isFirst;
  }

  async #consume(model: string, id: string): Promise<boolean> {
    if (model === 'RefreshToken') await this.#holdSession(id);
    const consumed = await this.#query(
      `WITH used AS (
         UPDATE oauth_record SET consumed_at = clock_timestamp() WHERE model = $1 AND hash = $2 AND consumed_at IS NULL RETURNING 1
       ) SELECT 1 FROM used`,
      [model, hashOf(id)],
    );
    return consumed.length === 1;
  }

  /**
   * Keeps the session of a refresh token from ending until the transaction ends. Otherwise the end, which deletes the tokens that it sees, would
   * not see the token that is issued next. The end of a session locks the session first and its tokens second, as this does.
   */
  async #holdSession(id: string): Promise<void> {
    await this.#query(
      `SELECT 1 FROM session WHERE id = (SELECT grant_id FROM oauth_record WHERE model = 'RefreshToken' AND hash = $1) FOR NO KEY UPDATE`,
      [hashOf(id)],
    );
  }

  /** Deletes a record. */
  async delete(model: string, id: string): Promise<void> {
    await this.#query('DELETE FROM oauth_record WHERE model = $1 AND hash = $2', [model, hashOf(id)]);
  }

  /**
   * Deletes an interaction. Of concurrent calls, exactly one returns true. If the user has logged in, the `uid` of the log-in replaces it:
   * oidc-provider saves the log-in at the end of the request, and until then whatever ends the log-ins of the account would not find it.
   *
   * @param uid the log-in that the request begins or renews
   */
  async deleteInteraction(id: string, uid: string | undefined): Promise<boolean> {
    const deleted = await this.#query(
      `WITH deleted AS (
         DELETE FROM oauth_record WHERE model = 'Interaction' AND hash = $1 RETURNING payload #>> '{result,login,accountId}' AS account
       ), begun AS (
         INSERT INTO oauth_record (model, hash, payload, uid, expires_at)
         SELECT '${BEGUN_LOG_IN}', $2, jsonb_build_object('accountId', account), $3, now() FROM deleted WHERE account IS NOT NULL
         ON CONFLICT (model, hash) DO UPDATE SET payload = EXCLUDED.payload, expires_at = EXCLUDED.expires_at
       ) SELECT 1 FROM deleted`,
      [hashOf(id), hashOf(uid ?? ''), uid ?? null],
    );
    return deleted.length === 1;
  }

  /** Stores the sealed answer to the use of a record. */
  async keepAnswer(model: string, id: string, sealed: string): Promise<void> {
    await this.#query('UPDATE oauth_record SET answer = $3 WHERE model = $1 AND hash = $2', [model, hashOf(id), sealed]);
  }

  /** The stored answer to the use of a record; undefined if that was more than `seconds` ago. */
  async answerTo(model: string, id: string, seconds: number): Promise<StoredAnswer | undefined> {
    const [answer] = await this.#query<StoredAnswer>(
      `SELECT answer AS sealed, extract(epoch FROM clock_timestamp() - consumed_at)::float8 AS "ageS" FROM oauth_record
       WHERE model = $1 AND hash = $2 AND answer IS NOT NULL AND consumed_at > now() - make_interval(secs => $3)`,
      [model, hashOf(id), seconds],
    );
    return answer;
  }

  async #one(where: string, values: unknown[]): Promise<AdapterPayload | undefined> {
    const rows = await this.#query<Row>(
      `SELECT payload, extract(epoch FROM consumed_at)::float8 AS consumed FROM oauth_record
       WHERE ${where} AND NOT EXISTS (SELECT FROM ended_log_in WHERE ended_log_in.uid = oauth_record.uid)`,
      values,
    );
    const [row] = rows;
    return row && { ...row.payload, ...(row.consumed !== null && { consumed: Math.floor(row.consumed) }) };
  }

  #query<T>(sql: string, values: unknown[]): Promise<T[]> {
    return (this.#scope.getStore()?.manager ?? this.dataSource.manager).query<T[]>(sql, values);
  }
}

/** The grant with which a record is deleted. An interaction names a grant but outlives it. */
function grantOf(model: string, id: string, { grantId }: AdapterPayload): string | null {
  if (model === 'Grant') return id;
  return model === 'Interaction' ? null : (grantId ?? null);
}

/** Removes the id from a payload. An interaction's return URL contains it, too. */
const withoutId = ({ jti: _, returnTo, ...rest }: AdapterPayload, id: string): AdapterPayload =>
  returnTo === undefined ? rest : { ...rest, returnTo: returnTo.replace(id, ID) };

const withId = ({ returnTo, ...rest }: AdapterPayload, id: string): AdapterPayload => ({
  ...rest,
  jti: id,
  ...(returnTo !== undefined && { returnTo: returnTo.replace(ID, id) }),
});
