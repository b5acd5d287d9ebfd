import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { newId } from '@reputable/database';
import { type EntityManager, type FindOptionsWhere, In, IsNull, LessThan, MoreThan, MoreThanOrEqual, Not, Repository } from 'typeorm';
import { audit } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/audit-event.ts';
import type { EventType } from '../audit/event-type.ts';
import { currentActor } from '../audit/origin.ts';
import { LogOutNotices } from '../back-channel/log-out-notices.ts';
import { PERSONAL_ACCESS_TOKEN } from '../client/oauth-clients.ts';
import { deleteGrants, deleteLogIns, deleteOtherLogIns, holdLogIn, lockLogIns } from '../record/delete-records.ts';
import { revokeSessions } from '../revocation/revoke.ts';
import { type EndReason, Session } from './session.entity.ts';
import { sessionNotFound } from './session.errors.ts';

/** The maximum lifetime of a session, refreshed or not: 30 days, in seconds. */
export const SESSION_LIFETIME_S = 30 * 24 * 3_600;

/** The properties of a new session. */
export type NewSession = Pick<Session, 'accountId' | 'clientId' | 'device' | 'loginUid'>;

/** The condition for sessions that are neither ended nor expired. */
const isLive = () => ({ endedAt: IsNull(), expiresAt: MoreThan(new Date()) });

/** Begins, lists and ends sessions. */
@Injectable()
export class SessionService {
  constructor(
    @InjectRepository(Session) readonly sessions: Repository<Session>,
    @Inject(LogOutNotices) readonly notices: Pick<LogOutNotices, 'announce'>,
  ) {}

  /** Keeps a log-in from ending until a session has begun in it. Returns false if it has ended. */
  holdLogIn(tx: EntityManager, uid: string): Promise<boolean> {
    return holdLogIn(tx, uid);
  }

  /** Begins a session, in the transaction that issues the client's first tokens. */
  async begin(tx: EntityManager, session: NewSession, lifetimeS = SESSION_LIFETIME_S): Promise<Session['id']> {
    const id = newId();
    await tx.insert(Session, { ...session, id, expiresAt: new Date(Date.now() + lifetimeS * 1000) });
    const { accountId: userId, clientId } = session;
    await audit(tx, { type: 'session_begun', actor: { type: 'user', id: userId }, userId, sessionId: id, clientId });
    return id;
  }

  /** Updates the time of last use: the first use exactly, later ones to the minute. Returns whether the session is live. */
  async touch(id: string, tx = this.sessions.manager): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `WITH touched AS (
         UPDATE session SET last_used_at = now() WHERE id = $1 AND ended_at IS NULL
           AND (last_used_at < now() - interval '1 minute' OR last_used_at = created_at)
       )
       SELECT 1 FROM session WHERE id = $1 AND ended_at IS NULL AND expires_at > now()`,
      [id],
    );
    return rows.length === 1;
  }

  /** The live session of an API client, which is its own user; null if there is none. */
  liveOf(clientId: string, tx = this.sessions.manager): Promise<Session | null> {
    return tx.findOne(Session, { where: { ...isLive(), accountId: clientId, clientId }, order: { id: 'DESC' } });
  }

  /** A page of live sessions, or of all, newest first, after the id `after`. Returns one more than `size` if there is a next page. */
  list(accountId: string, size: number, after: string | undefined, includeEnded: boolean): Promise<Session[]> {
    const page = after === undefined ? {} : { id: LessThan(after) };
    const state = includeEnded ? {} : isLive();
    return this.sessions.find({ where: { ...state, ...page, accountId }, order: { id: 'DESC' }, take: size + 1 });
  }

  /**
   * Logs a user out: ends the session and all sessions of the same log-in. An ended session is no error.
   *
   * @returns the log-in; null if it was not in a browser
   */
  logOut(accountId: string, id: string): Promise<string | null> {
    return this.sessions.manager.transaction(async (tx) => {
      const { loginUid = null } = (await tx.findOneBy(Session, { id, accountId })) ?? {};
      await deleteLogIns(tx, loginUid === null ? [] : [loginUid]);
      await this.#end(tx, [{ accountId, id }, ...(loginUid ? [{ accountId, loginUid }] : [])], 'logged_out');
      return loginUid;
    });
  }

  /**
   * Ends a session of this account, and all sessions of the same log-in unless the session `currentId` is one of them.
   *
   * @throws DomainError SESSION_NOT_FOUND
   */
  async endOwn(accountId: string, id: string, currentId: string): Promise<void> {
    await this.sessions.manager.transaction(async (tx) => {
      const [session, current] = await Promise.all([
        tx.findOneBy(Session, { ...isLive(), id, accountId }),
        tx.findOneBy(Session, { id: currentId, accountId }),
      ]);
      if (!session) throw sessionNotFound(id);
      const { loginUid } = session;
      const others = loginUid && loginUid !== current?.loginUid ? [{ accountId, loginUid }] : [];
      await deleteLogIns(
        tx,
        others.map((other) => other.loginUid),
      );
      if ((await this.#end(tx, [{ accountId, id }, ...others], 'ended_by_user')) === 0) throw sessionNotFound(id);
    });
  }

  /** Ends all sessions of this account but one, and all log-ins but that session's. Returns the number of ended sessions. */
  endOthers(accountId: string, id: string, reason: EndReason = 'ended_by_user', tx = this.sessions.manager): Promise<number> {
    return tx.transaction(async (inner) => {
      const kept = await inner.findOneBy(Session, { id, accountId });
      await deleteOtherLogIns(inner, accountId, kept?.loginUid ?? null);
      return this.#end(inner, [{ accountId, id: Not(id) }], reason);
    });
  }

  /** Ends all sessions and log-ins of this account. */
  async endAll(tx: EntityManager, accountId: string, reason: EndReason): Promise<void> {
    await deleteOtherLogIns(tx, accountId, null);
    await this.#end(tx, [{ accountId }], reason);
  }

  /** Ends all sessions of a client for this account. Returns the number of ended sessions. */
  endOfClient(tx: EntityManager, accountId: string, clientId: string): Promise<number> {
    return this.#end(tx, [{ accountId, clientId }], 'ended_by_user');
  }

  /** Ends log-ins, and the sessions that have begun with each since a time. Returns the number of ended sessions. */
  async endLogIns(tx: EntityManager, logIns: readonly { uid: string; begunAt: Date }[], reason: EndReason): Promise<number> {
    // TypeORM finds every row for an empty list of conditions.
    if (logIns.length === 0) return 0;
    const begun = logIns.map(({ uid, begunAt }) => ({ loginUid: uid, createdAt: MoreThanOrEqual(begunAt) }));
    await deleteLogIns(
      tx,
      logIns.map(({ uid }) => uid),
    );
    return this.#end(tx, begun, reason);
  }

  /** Ends these sessions. Their log-ins continue. Returns the number of ended sessions. */
  async endThese(tx: EntityManager, ids: readonly string[], reason: EndReason): Promise<number> {
    return ids.length === 0 ? 0 : this.#end(tx, [{ id: In(ids) }], reason, false);
  }

  /** Ends some live sessions of all accounts. Their log-ins continue. Returns the number of ended sessions; 0 if none was left. */
  endSome(size: number, reason: EndReason): Promise<number> {
    return this.sessions.manager.transaction(async (tx) => {
      const some = await tx.find(Session, { select: { id: true }, where: isLive(), take: size });
      return this.endThese(
        tx,
        some.map(({ id }) => id),
        reason,
      );
    });
  }

  /** When each client last used one of its live sessions of this account, by the client's id. */
  async lastUses(accountId: string): Promise<ReadonlyMap<string, Date>> {
    const rows = await this.sessions.manager.query<{ clientId: string; at: Date }[]>(
      `SELECT client_id AS "clientId", max(last_used_at) AS at FROM session
       WHERE account_id = $1 AND ended_at IS NULL AND expires_at > now() GROUP BY client_id`,
      [accountId],
    );
    return new Map(rows.map(({ clientId, at }) => [clientId, at]));
  }

  /** Ends the session of a grant. Its log-in continues: a user can leave one application only. Returns whether it was live. */
  async endGrant(id: string, reason: EndReason): Promise<boolean> {
    return (await this.sessions.manager.transaction((tx) => this.#end(tx, [{ id }], reason, false))) === 1;
  }

  /** Ends sessions, and tells their clients unless a client itself has revoked its tokens. Returns the number of ended sessions. */
  async #end(
    tx: EntityManager,
    which: FindOptionsWhere<Session>[],
    endReason: EndReason,
    withLogIns = BY_THE_USER.has(endReason),
  ): Promise<number> {
    const ended = await endSessions(tx, which, endReason, withLogIns);
    if (endReason !== 'revoked') await this.notices.announce(tx, ended);
    return ended.length;
  }
}

/** Ends all sessions of a client, as part of the transaction that removes it. Resolves with their number. */
export const endSessionsOfClient = async (tx: EntityManager, clientId: string): Promise<number> =>
  (await endSessions(tx, [{ clientId }], 'client_removed', false)).length;

/** The reasons for which the log-in at the authorization server ends together with its last session. */
const BY_THE_USER: ReadonlySet<EndReason> = new Set(['logged_out', 'ended_by_user', 'password_changed', 'account_deleted']);

/** A session that has just ended. */
type Ended = Pick<Session, 'id' | 'loginUid' | 'accountId' | 'clientId'>;

/** Ends sessions, and their log-ins if told so. Their opaque tokens are invalid at once, their JWTs as soon as the revocation stream delivers the revocation. */
async function endSessions(
  tx: EntityManager,
  which: FindOptionsWhere<Session>[],
  endReason: EndReason,
  withLogIns: boolean,
): Promise<Ended[]> {
  const live = which.map((where) => ({ ...isLive(), ...where }));
  if (withLogIns) await lockLogIns(tx, uidsOf(await tx.find(Session, { select: { loginUid: true }, where: live })));
  const sessions = await tx.find(Session, {
    select: { id: true, loginUid: true, accountId: true, clientId: true },
    where: live,
    order: { id: 'ASC' },
    lock: { mode: 'pessimistic_write' },
  });
  const ids = sessions.map(({ id }) => id);
  await tx.update(Session, { id: In(ids) }, { endedAt: new Date(), endReason });
  await deleteGrants(tx, ids);
  if (withLogIns) await endLogIns(tx, sessions);
  await revokeSessions(tx, ids);
  await audit(tx, ...sessions.map((session) => endOf(session, endReason)));
  return sessions;
}

/** The audit event of a session that ends. */
function endOf({ id: sessionId, accountId: userId, clientId }: Ended, reason: EndReason): AuditEvent {
  const event = { type: endTypeOf(clientId, reason), reason, userId, sessionId, clientId };
  if (reason === 'used_twice' || reason === 'revoked') return { ...event, actor: { type: 'client', id: clientId } };
  if (reason === 'logged_out_at_provider') return { ...event, actor: { type: 'issuer' } };
  const { type } = currentActor();
  return type === 'anonymous' && BY_THE_USER.has(reason) ? { ...event, actor: { type: 'user', id: userId } } : event;
}

function endTypeOf(clientId: string, reason: EndReason): EventType {
  if (clientId === PERSONAL_ACCESS_TOKEN) return 'personal_access_token_revoked';
  if (reason === 'used_twice') return 'token_reused';
  return reason === 'logged_out' || reason === 'logged_out_at_provider' ? 'log_out' : 'session_revoked';
}

const uidsOf = (sessions: readonly Pick<Session, 'loginUid'>[]) => sessions.flatMap(({ loginUid }) => loginUid ?? []);

/** Ends the log-ins of these sessions that have no live session left. */
async function endLogIns(tx: EntityManager, sessions: readonly Pick<Session, 'loginUid'>[]): Promise<void> {
  const uids = uidsOf(sessions);
  const live = await tx.find(Session, { select: { loginUid: true }, where: { ...isLive(), loginUid: In(uids) } });
  const used = new Set(live.map(({ loginUid }) => loginUid));
  await deleteLogIns(
    tx,
    uids.filter((uid) => !used.has(uid)),
  );
}
