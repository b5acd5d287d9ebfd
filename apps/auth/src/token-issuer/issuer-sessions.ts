import { Injectable } from '@nestjs/common';
import { CLOCK_SKEW_S, tokenRevoked } from '@reputable/auth';
import { newId } from '@reputable/database';
import { DataSource, type EntityManager } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import { audit } from '../audit/audit.ts';
import { LinkedLogIn } from '../linked-log-in/linked-log-in.entity.ts';
import { LinkedLogIns } from '../linked-log-in/linked-log-ins.ts';
import { PendingAccounts } from '../account/pending-accounts.ts';
import { Session } from '../session/session.entity.ts';
import { SessionService } from '../session/session.service.ts';
import { IssuerLogOuts } from './issuer-log-outs.ts';
import type { IssuedToken } from './token-issuers.ts';

/** How long recovery leaves a pending account alone, in milliseconds: longer than an exchange takes. */
const HOLD_MS = 5_000;

/**
 * The accounts and sessions behind the tokens of other issuers. A user has an account from the first token on: the account that the user is
 * linked to at this issuer, or a new one with a profile. Each session at the issuer is a session here for each client, so that users see and
 * end it. A session that was ended here stays ended, whatever tokens the issuer goes on to issue for it. After a log-out, and if the issuer states no
 * sessions, the user's tokens from before the end are refused: a user who logs in again can have the same session at the issuer.
 */
@Injectable()
export class IssuerSessions {
  constructor(
    readonly dataSource: DataSource,
    readonly links: LinkedLogIns,
    readonly pending: PendingAccounts,
    readonly sessions: SessionService,
    readonly logOuts: IssuerLogOuts,
  ) {}

  /** @throws DomainError TOKEN_REVOKED if the session has ended; the error of the call to the user service */
  async of(token: IssuedToken): Promise<Session> {
    const accountId = await this.#accountOf(token);
    const known = await this.#find(this.dataSource.manager, accountId, token);
    return live(known ?? (await this.#begin(accountId, token)));
  }

  async #accountOf({ issuer, subject }: IssuedToken): Promise<string> {
    const user = { issuer, subject, email: null };
    const known = (await this.links.accountOf(user)) ?? (await this.#create(user));
    const account = await this.dataSource.manager.findOneByOrFail(Account, { id: known });
    if (account.state === 'pending') await this.pending.complete(account);
    return account.id;
  }

  /** Creates a pending account that is linked to the user. Concurrent calls create one. */
  async #create(user: { issuer: string; subject: string; email: null }): Promise<string> {
    const id = newId();
    const created = await this.dataSource.transaction(async (tx) => {
      const heldUntil = new Date(Date.now() + HOLD_MS);
      await tx.insert(Account, { id, state: 'pending', displayName: `User ${id.slice(-6)}`, heldUntil });
      if (await this.links.linkNew(tx, id, user)) {
        await audit(tx, { type: 'account_created', actor: { type: 'user', id }, userId: id, details: { method: 'issuer' } });
        return id;
      }
      await tx.delete(Account, { id });
      return undefined;
    });
    return created ?? (await this.links.accountOf(user)) ?? id;
  }

  /** The session of the token's user, client and session at the issuer. One that has ended decides over one that is live: the token is older. */
  async #find(tx: EntityManager, accountId: string, { issuer, subject, sid, clientId, issuedAt }: IssuedToken): Promise<Session | null> {
    const [found] = await tx.query<{ id: string }[]>(
      `SELECT id FROM session JOIN issuer_session ON id = session_id
       WHERE account_id = $1 AND client_id = $2 AND issuer = $3 AND subject = $4 AND sid IS NOT DISTINCT FROM $5
         AND (ended_at IS NOT NULL OR expires_at > now())
         AND ((sid IS NOT NULL AND end_reason <> 'logged_out') OR ended_at IS NULL OR ended_at + interval '${String(CLOCK_SKEW_S)} seconds' >= to_timestamp($6))
       ORDER BY ended_at IS NULL, id DESC LIMIT 1`,
      [accountId, clientId, issuer, subject, sid ?? null, issuedAt],
    );
    return found ? tx.findOneBy(Session, { id: found.id }) : null;
  }

  /** Begins a session. Concurrent calls begin one. */
  #begin(accountId: string, token: IssuedToken): Promise<Session> {
    const { issuer, subject, sid = null, clientId } = token;
    return this.dataSource.transaction(async (tx) => {
      await tx.findOneOrFail(Account, { where: { id: accountId }, lock: { mode: 'pessimistic_write' } });
      // A concurrent unlinking holds that lock, and has ended all sessions.
      if (!(await tx.existsBy(LinkedLogIn, { accountId, issuer, subject }))) throw tokenRevoked();
      const known = await this.#find(tx, accountId, token);
      if (known) return known;
      if (await this.logOuts.hasEnded(tx, token)) throw tokenRevoked();
      const id = await this.sessions.begin(tx, { accountId, clientId, device: '', loginUid: null });
      await audit(tx, {
        ...{ type: 'log_in', actor: { type: 'user', id: accountId }, userId: accountId, sessionId: id, clientId },
        details: { method: 'issuer', issuer },
      });
      await tx.query('INSERT INTO issuer_session (session_id, issuer, subject, sid) VALUES ($1, $2, $3, $4)', [id, issuer, subject, sid]);
      return tx.findOneByOrFail(Session, { id });
    });
  }
}

function live(session: Session): Session {
  if (session.endedAt) throw tokenRevoked();
  return session;
}
