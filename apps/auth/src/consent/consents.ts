import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { newId } from '@reputable/database';
import { type EntityManager, LessThan, Repository } from 'typeorm';
import { audit } from '../audit/audit.ts';
import { SessionService } from '../session/session.service.ts';
import { Consent } from './consent.entity.ts';
import { applicationNotAllowed } from './consent.errors.ts';
import { type Answer, type Decision, decide } from './decision.ts';

/** The user and the application of a consent. */
export type Parties = Pick<Consent, 'accountId' | 'clientId'>;

const NOTHING: Decision = { allowed: [], rejected: [] };

/** Stores the users' consents. */
@Injectable()
export class Consents {
  constructor(
    @InjectRepository(Consent) readonly consents: Repository<Consent>,
    readonly sessions: SessionService,
  ) {}

  /** What the user has decided about the application; null before the first answer. */
  find({ accountId, clientId }: Parties): Promise<Consent | null> {
    return this.consents.findOneBy({ accountId, clientId });
  }

  /** The same. Until the transaction ends, the user cannot withdraw it: so the withdrawal ends the session that the transaction begins. */
  hold(tx: EntityManager, { accountId, clientId }: Parties): Promise<Consent | null> {
    return tx.findOne(Consent, { where: { accountId, clientId }, lock: { mode: 'pessimistic_read' } });
  }

  /** Adds an answer to the user's decision. Returns the whole decision. */
  async record(tx: EntityManager, parties: Parties, answer: Answer): Promise<Decision> {
    const { accountId, clientId } = parties;
    await tx
      .createQueryBuilder()
      .insert()
      .into(Consent)
      .values({ id: newId(), accountId, clientId, ...NOTHING })
      .orIgnore()
      .execute();
    const before = await tx.findOneOrFail(Consent, { where: { accountId, clientId }, lock: { mode: 'pessimistic_write' } });
    const decision = decide(before, answer);
    await tx.update(Consent, { id: before.id }, decision);
    const details = { allowed: decision.allowed.join(' '), rejected: decision.rejected.join(' ') };
    const actor = { type: 'user', id: accountId } as const;
    await audit(tx, { type: 'consent_given', actor, userId: accountId, sessionId: undefined, clientId, details });
    return decision;
  }

  /** A page of a user's consents, newest first, after the id `after`. Returns one more than `size` if there is a next page. */
  list(accountId: string, size: number, after: string | undefined): Promise<Consent[]> {
    const page = after === undefined ? {} : { id: LessThan(after) };
    return this.consents.find({ where: { accountId, ...page }, order: { id: 'DESC' }, take: size + 1 });
  }

  /**
   * Withdraws a user's consent, and ends all sessions of the application for the user.
   *
   * @returns the number of ended sessions
   * @throws DomainError APPLICATION_NOT_ALLOWED if the user has no consent with this id
   */
  withdraw(accountId: string, id: string): Promise<number> {
    return this.consents.manager.transaction(async (tx) => {
      const consent = await tx.findOne(Consent, { where: { id, accountId }, lock: { mode: 'pessimistic_write' } });
      if (!consent) throw applicationNotAllowed(id);
      await tx.delete(Consent, { id });
      await audit(tx, { type: 'consent_withdrawn', userId: accountId, clientId: consent.clientId });
      return this.sessions.endOfClient(tx, accountId, consent.clientId);
    });
  }
}
