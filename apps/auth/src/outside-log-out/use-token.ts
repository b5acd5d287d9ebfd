import type { EntityManager } from 'typeorm';
import { hashOf } from '../secret/secret-hash.ts';

const USE = `INSERT INTO used_logout_token (issuer, jti_hash, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`;

/** A token that is valid for one use: a logout token or a security event token. */
export interface OneUse {
  readonly issuer: string;
  /** The id of the token, unique for the issuer. */
  readonly jti: string;
  /** From when on the token is too old to be accepted. */
  readonly expiresAt: Date;
}

/** Uses a token, in the transaction with its effect. Returns false if it was used before. */
export async function useToken(tx: EntityManager, { issuer, jti, expiresAt }: OneUse): Promise<boolean> {
  return (await tx.query<object[]>(USE, [issuer, hashOf(jti), expiresAt])).length === 1;
}
