import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { newId } from '@reputable/database';
import { type EntityManager, type FindOptionsWhere, In, IsNull, LessThan, MoreThan, Not, Repository } from 'typeorm';
import { forgetGrants, forgetLogIns, forgetOtherLogIns } from '../record/forget.ts';
import { revokeSessions } from '../revocation/revoke.ts';
import { type EndReason, Session } from './session.entity.ts';
import { sessionNotFound } from './session.errors.ts';

/** How long a session lasts at most, however often it is refreshed: 30 days, in seconds. */
export const SESSION_LIFETIME_S = 30 * 24 * 3_600;

/** What is known of a session when it begins. */
export type NewSession = Pick<Session, 'accountId' | 'clientId' | 'device' | 'loginUid'>;

/** Sessions that are neither ended nor over. */
const isLive = () => ({ endedAt: IsNull(), expiresAt: MoreThan(new Date()) });

/** Sessions: what a log-in begins for a client, a user can look at, and anybody who may can end. */
@Injectable()
export class SessionService {
  constructor(@InjectRepository(Session) readonly sessions: Repository<Session>) {}

  /** Begins a session, as part of the transaction that gives the client its tokens. */
  async begin(tx: EntityManager, session: NewSession): Promise<Session['id']> {
    const id = newId();
    await tx.insert(Session, { ...session, id, expiresAt: new Date(Date.now() + SESSION_LIFETIME_S * 1000) });
    return id;
  }

  /** Notes that a session is in use, to the minute, unless it is over; says whether it is live. */
  async touch(id: string, tx = this.sessions.manager): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `WITH touched AS (
         UPDATE session SET last_used_at = now() WHERE id = $1 AND ended_at IS NULL AND last_used_at < now() - interval '1 minute'
       )
       SELECT 1 FROM session WHERE id = $1 AND ended_at IS NULL AND expires_at > now()`,
      [id],
    );
    return rows.length === 1;
  }

  /** Latest first, after the row with the id `after`; one more than asked for tells that there are more. */
  list(accountId: string, size: number, after: string | undefined): Promise<Session[]> {
    const page = after === undefined ? {} : { id: LessThan(after) };
    return this.sessions.find({ where: { ...isLive(), ...page, accountId }, order: { id: 'DESC' }, take: size + 1 });
  }

  /** Logs a user out: ends the session, and all that came of the same log-in. That it is over already is no error. */
  async logOut(accountId: string, id: string): Promise<void> {
    await this.sessions.manager.transaction(async (tx) => {
      const { loginUid } = (await tx.findOneBy(Session, { id, accountId })) ?? {};
      await endSessions(tx, [{ accountId, id }, ...(loginUid ? [{ accountId, loginUid }] : [])], 'logged_out');
    });
  }

  /**
   * Ends a session of this account, and all that came of the same log-in, unless that is the one of whoever asks, `currentId`.
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
      if ((await endSessions(tx, [{ accountId, id }, ...others], 'ended_by_user')) === 0) throw sessionNotFound(id);
    });
  }

  /** Ends all sessions of this account but one, and all log-ins that it is not of; says how many sessions. With `tx` as part of a transaction. */
  endOthers(accountId: string, id: string, reason: EndReason = 'ended_by_user', tx = this.sessions.manager): Promise<number> {
    return tx.transaction(async (inner) => {
      const ended = await endSessions(inner, [{ accountId, id: Not(id) }], reason);
      const kept = await inner.findOneBy(Session, { id, accountId });
      await forgetOtherLogIns(inner, accountId, kept?.loginUid ?? null);
      return ended;
    });
  }

  /** Ends the session that a grant is, whoever's it is; says whether that made a difference. */
  async endGrant(id: string, reason: EndReason): Promise<boolean> {
    return (await this.sessions.manager.transaction((tx) => endSessions(tx, [{ id }], reason))) === 1;
  }
}

/** Ends all sessions of a client, as part of the transaction that removes it. Resolves with their number. */
export const endSessionsOfClient = (tx: EntityManager, clientId: string): Promise<number> =>
  endSessions(tx, [{ clientId }], 'client_removed');

/** For these, the user goes: the log-in at the authorization server is over too, once no session of it is left. */
const BY_THE_USER: ReadonlySet<EndReason> = new Set(['logged_out', 'ended_by_user', 'password_changed']);

/** Opaque tokens are worthless from now on, and those that services see as soon as everybody has heard of it. */
async function endSessions(tx: EntityManager, which: FindOptionsWhere<Session>[], endReason: EndReason): Promise<number> {
  const sessions = await tx.find(Session, {
    select: { id: true, loginUid: true },
    where: which.map((where) => ({ ...isLive(), ...where })),
    order: { id: 'ASC' },
    lock: { mode: 'pessimistic_write' },
  });
  const ids = sessions.map(({ id }) => id);
  await tx.update(Session, { id: In(ids) }, { endedAt: new Date(), endReason });
  await forgetGrants(tx, ids);
  if (BY_THE_USER.has(endReason)) await endLogIns(tx, sessions);
  await revokeSessions(tx, ids);
  return ids.length;
}

/** Ends the log-ins of these sessions that have no live session left. */
async function endLogIns(tx: EntityManager, sessions: readonly Pick<Session, 'loginUid'>[]): Promise<void> {
  const uids = sessions.flatMap(({ loginUid }) => loginUid ?? []);
  const live = await tx.find(Session, { select: { loginUid: true }, where: { ...isLive(), loginUid: In(uids) } });
  const used = new Set(live.map(({ loginUid }) => loginUid));
  await forgetLogIns(
    tx,
    uids.filter((uid) => !used.has(uid)),
  );
}
