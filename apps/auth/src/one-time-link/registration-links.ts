import { Injectable } from '@nestjs/common';
import { newId } from '@reputable/database';
import { randomBytes } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { audit } from '../audit/audit.ts';
import { hashOf } from '../secret/secret-hash.ts';
import { LINK_LIFETIME_MIN } from './one-time-links.ts';

/** A registration whose address is not confirmed. There may be several for one address, with or without an account. */
export interface Registration {
  readonly id: string;
  /** Normalised by `email()`. */
  readonly email: string;
  readonly passwordHash: string;
  readonly displayName: string;
}

/** How long a registration waits for its mail, in hours, if the SMTP server is down. */
const WAIT_H = 24;

/** One-time links that confirm registrations. A link is kept with the registration, because there is no account yet. */
@Injectable()
export class RegistrationLinks {
  constructor(readonly dataSource: DataSource) {}

  /** Adds a registration, without a link. @returns its id */
  async add(tx: EntityManager, { email, passwordHash, displayName }: Omit<Registration, 'id'>): Promise<string> {
    const id = newId();
    await tx.query(
      `INSERT INTO registration (id, email, password_hash, display_name, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(hours => $5))`,
      [id, email, passwordHash, displayName, WAIT_H],
    );
    return id;
  }

  /** Makes the link. A second call makes a new one, and the earlier one becomes invalid. @returns the token; undefined if it is over */
  async make(id: string): Promise<string | undefined> {
    const token = randomBytes(32).toString('base64url');
    const made = await this.dataSource.query<object[]>(
      `WITH made AS (UPDATE registration SET token_hash = $2 WHERE id = $1 AND expires_at > now() RETURNING id) SELECT * FROM made`,
      [id, hashOf(token)],
    );
    return made.length === 1 ? token : undefined;
  }

  /** Begins the lifetime of a link whose mail was sent. */
  async sent(id: string): Promise<void> {
    const expires = 'UPDATE registration SET expires_at = now() + make_interval(mins => $2) WHERE id = $1';
    await this.dataSource.query(expires, [id, LINK_LIFETIME_MIN]);
  }

  /** Deletes a registration. */
  async delete(id: string): Promise<void> {
    await this.dataSource.query('DELETE FROM registration WHERE id = $1', [id]);
  }

  /** Finds the registration of a link that can be used. */
  async find(token: string): Promise<Registration | undefined> {
    const [registration] = await this.dataSource.query<Registration[]>(
      `SELECT id, email, password_hash AS "passwordHash", display_name AS "displayName"
       FROM registration WHERE token_hash = $1 AND expires_at > now()`,
      [hashOf(token)],
    );
    return registration;
  }

  /**
   * Uses a link: its registration becomes a pending account with a verified address, and all registrations of the address end. Of concurrent
   * uses for one address exactly one succeeds, because an address has one account.
   *
   * @param holdMs how long recovery leaves the pending account alone, in milliseconds
   * @returns whether the account has begun
   */
  use(token: string, holdMs: number): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      const [begun] = await tx.query<{ id: string; email: string }[]>(
        `INSERT INTO account (id, email, password_hash, display_name, state, held_until, email_verified_at)
         SELECT id, email, password_hash, display_name, 'pending', now() + $2 * interval '1 millisecond', now()
         FROM registration WHERE token_hash = $1 AND expires_at > now()
         ON CONFLICT DO NOTHING RETURNING id, email`,
        [hashOf(token), holdMs],
      );
      if (!begun) return false;
      const { id, email } = begun;
      await tx.query('DELETE FROM registration WHERE email = $1', [email]);
      await audit(tx, { type: 'account_created', actor: { type: 'user', id }, userId: id, details: { method: 'registration' } });
      return true;
    });
  }
}
