import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { newId } from '@reputable/database';
import { type EntityManager, type FindOptionsWhere, In, IsNull, LessThan, MoreThan, Not, Repository } from 'typeorm';
import { revokeSessions } from '../revocation/revoke.ts';
import { AccessTokens } from '../token/access-tokens.ts';
import { hashOf, newRefreshToken, RefreshToken } from './refresh-token.entity.ts';
import { type EndReason, Session } from './session.entity.ts';
import { sessionNotFound } from './session.errors.ts';
import { type Tokens, tokensToWire } from './session.wire.ts';

/** How long a session lasts at most, however often it is refreshed: 30 days, in milliseconds. */
const LIFETIME_MS = 30 * 24 * 3_600_000;

/** Sessions that have neither been ended nor outlived. */
export const live = () => ({ endedAt: IsNull(), expiresAt: MoreThan(new Date()) });

/** Sessions: what a log-in opens, a user can look at, and anybody who may can end. */
@Injectable()
export class SessionService {
  constructor(
    @InjectRepository(Session) readonly sessions: Repository<Session>,
    readonly accessTokens: AccessTokens,
  ) {}

  /**
   * Opens a session.
   *
   * @param alongside runs in the same transaction, and before: the session is opened with what it does, or neither
   * @throws DomainError USER_SUSPENDED
   */
  async open(accountId: string, device: string, alongside?: (tx: EntityManager) => Promise<void>): Promise<Tokens> {
    const session = { id: newId(), accountId, device, expiresAt: new Date(Date.now() + LIFETIME_MS) };
    const accessToken = await this.accessTokens.mint(accountId, session.id);
    const refreshToken = await this.sessions.manager.transaction(async (tx) => {
      await alongside?.(tx);
      await tx.insert(Session, session);
      return issueRefreshToken(tx, session);
    });
    return tokensToWire(accountId, accessToken, refreshToken);
  }

  /** Latest first, after the row with the id `after`; one more than asked for tells that there are more. */
  list(accountId: string, size: number, after: string | undefined): Promise<Session[]> {
    const page = after === undefined ? {} : { id: LessThan(after) };
    return this.sessions.find({ where: { ...live(), ...page, accountId }, order: { id: 'DESC' }, take: size + 1 });
  }

  /** Ends a session of this account, for its owner to see gone. */
  async endOwn(accountId: string, id: string): Promise<void> {
    if (!(await this.end(accountId, id, 'ended_by_user'))) throw sessionNotFound(id);
  }

  /**
   * Ends all sessions of this account but one; says how many.
   *
   * @param tx the transaction that this is to be part of, if there is one
   */
  endOthers(accountId: string, id: string, tx?: EntityManager): Promise<number> {
    return this.#end({ accountId, id: Not(id) }, 'ended_by_user', tx);
  }

  /** Ends a session of this account, if it has it; says whether that made a difference. */
  async end(accountId: string, id: string, endReason: EndReason): Promise<boolean> {
    return (await this.#end({ accountId, id }, endReason)) === 1;
  }

  /** The refresh tokens are worthless from now on, and the access tokens as soon as everybody has heard of it. */
  #end(which: FindOptionsWhere<Session>, endReason: EndReason, manager = this.sessions.manager): Promise<number> {
    return manager.transaction(async (tx) => {
      const sessions = await tx.find(Session, {
        select: { id: true },
        where: { ...live(), ...which },
        order: { id: 'ASC' },
        lock: { mode: 'pessimistic_write' },
      });
      const ids = sessions.map(({ id }) => id);
      await tx.update(Session, { id: In(ids) }, { endedAt: new Date(), endReason });
      await revokeSessions(tx, ids);
      return ids.length;
    });
  }
}

/** The next refresh token of a session. It is only ever told to whoever gets it from here. */
export async function issueRefreshToken(tx: EntityManager, { id, expiresAt }: Pick<Session, 'id' | 'expiresAt'>): Promise<string> {
  const token = newRefreshToken();
  await tx.insert(RefreshToken, { hash: hashOf(token), sessionId: id, expiresAt });
  return token;
}
