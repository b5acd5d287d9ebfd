import { Injectable } from '@nestjs/common';
import type { AdapterPayload } from 'oidc-provider';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';

/** What stands in a kept URL in place of the record's own id. */
const ID = '{id}';

interface Row {
  readonly payload: AdapterPayload;
  readonly consumed: number | null;
}

/**
 * The records of the authorization server: codes, tokens, grants, log-ins. Their ids are secrets (the id of a token *is* the token), so
 * only hashes of them are kept, and no id stands in a payload: who reads the table can use none of it.
 */
@Injectable()
export class RecordStore {
  readonly #transaction = new AsyncLocalStorage<EntityManager>();

  constructor(readonly dataSource: DataSource) {}

  /** Has everything that is kept, changed or forgotten meanwhile be part of one transaction: that at hand, or a new one. */
  transaction<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const atHand = this.#transaction.getStore();
    return atHand ? work(atHand) : this.dataSource.transaction((tx) => this.#transaction.run(tx, () => work(tx)));
  }

  /** Keeps a record, or replaces it. @param seconds for how long */
  async keep(model: string, id: string, payload: AdapterPayload, seconds: number | undefined): Promise<void> {
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

  /** A record, expired or not: that is for the reader to see, in its `exp`. */
  async find(model: string, id: string): Promise<AdapterPayload | undefined> {
    const payload = await this.#one(`model = $1 AND hash = $2`, [model, hashOf(id)]);
    return payload && withId(payload, id);
  }

  /** A log-in at the authorization server by what it is called in tokens; whose cookie it is stays unknown. */
  findByUid(model: string, uid: string): Promise<AdapterPayload | undefined> {
    return this.#one('model = $1 AND uid = $2', [model, uid]);
  }

  /** Marks a record as used. Of any number of attempts at once, one is told that it was the first: the row decides. */
  async consume(model: string, id: string): Promise<boolean> {
    const consumed = await this.#query(
      `WITH used AS (
         UPDATE oauth_record SET consumed_at = now() WHERE model = $1 AND hash = $2 AND consumed_at IS NULL RETURNING 1
       ) SELECT 1 FROM used`,
      [model, hashOf(id)],
    );
    return consumed.length === 1;
  }

  async forget(model: string, id: string): Promise<void> {
    await this.#query('DELETE FROM oauth_record WHERE model = $1 AND hash = $2', [model, hashOf(id)]);
  }

  async #one(where: string, values: unknown[]): Promise<AdapterPayload | undefined> {
    const rows = await this.#query<Row>(
      `SELECT payload, extract(epoch FROM consumed_at)::float8 AS consumed FROM oauth_record
       WHERE ${where}`,
      values,
    );
    const [row] = rows;
    return row && { ...row.payload, ...(row.consumed !== null && { consumed: Math.floor(row.consumed) }) };
  }

  #query<T>(sql: string, values: unknown[]): Promise<T[]> {
    return (this.#transaction.getStore() ?? this.dataSource.manager).query<T[]>(sql, values);
  }
}

/** The grant that a record ends with. A question to a person names one, and can be answered without it. */
function grantOf(model: string, id: string, { grantId }: AdapterPayload): string | null {
  if (model === 'Grant') return id;
  return model === 'Interaction' ? null : (grantId ?? null);
}

/** No salt: there is nothing to guess in 256 random bits. */
const hashOf = (id: string) => createHash('sha256').update(id).digest();

/** An interaction knows by its id where to go on. */
const withoutId = ({ jti: _, returnTo, ...rest }: AdapterPayload, id: string): AdapterPayload =>
  returnTo === undefined ? rest : { ...rest, returnTo: returnTo.replace(id, ID) };

const withId = ({ returnTo, ...rest }: AdapterPayload, id: string): AdapterPayload => ({
  ...rest,
  jti: id,
  ...(returnTo !== undefined && { returnTo: returnTo.replace(ID, id) }),
});
