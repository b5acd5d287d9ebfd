import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { LoggedOut } from '../outside-provider/logout-tokens.ts';
import { ProviderFailure } from '../outside-provider/provider-failure.ts';
import { OutsideSessions } from '../outside-session/outside-sessions.ts';
import { hashOf } from '../secret/secret-hash.ts';
import { SessionService } from '../session/session.service.ts';

const USE = `INSERT INTO used_logout_token (issuer, jti_hash, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`;

/** Ends sessions here that have ended at an outside provider. */
@Injectable()
export class OutsideLogOuts {
  constructor(
    readonly dataSource: DataSource,
    readonly outside: OutsideSessions,
    readonly sessions: SessionService,
  ) {}

  /**
   * Uses a logout token: ends the log-ins that began with these sessions, and the sessions of all clients that began with them.
   *
   * @returns the number of ended sessions
   * @throws ProviderFailure if the token was used before
   */
  end(loggedOut: LoggedOut): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      await this.#use(tx, loggedOut);
      return this.sessions.endLogIns(tx, await this.outside.end(tx, loggedOut), 'logged_out_at_provider');
    });
  }

  async #use(tx: EntityManager, { issuer, jti, expiresAt }: LoggedOut): Promise<void> {
    const used = await tx.query<object[]>(USE, [issuer, hashOf(jti), expiresAt]);
    if (used.length === 0) throw new ProviderFailure('invalid', 'it was used before');
  }
}
