import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticatedUser } from '@reputable/auth';
import { inBatches, MAX_ID, select } from '@reputable/database';
import { fail } from '@reputable/errors';
import { type EntityManager, Repository } from 'typeorm';
import { AuditOutbox, type Decision, eventOf } from './audit.outbox.ts';
import { Profile, type PublicProfile } from './profile.entity.ts';
import { lastAdmin, userNotFound, userOutranksYou } from './profile.errors.ts';
import { type Cause, revocationOf, RevocationOutbox, type UserRevocation } from './revocation.outbox.ts';
import { ALL } from './profile.mapper.ts';
import { maySuspend } from './profile.rules.ts';
import { columnsOf, DELETE_EVENTS, LOCK_ADMINS, type UserFields } from './profile.sql.ts';

/** The reputation events of one statement that deletes many. */
const BATCH = 1_000;

/** What a change of a profile entails. */
interface Consequence {
  readonly cause?: Cause;
  readonly decision: Decision;
}

/** A suspension. */
interface Suspension {
  readonly reason: string;
  /** The client's IP address; empty if it is not known. */
  readonly address: string;
}

/** Profiles with roles and suspensions. */
@Injectable()
export class ProfileService {
  constructor(
    @InjectRepository(Profile) readonly profiles: Repository<Profile>,
    readonly revocations: RevocationOutbox,
    readonly events: AuditOutbox,
  ) {}

  async get(id: string): Promise<PublicProfile> {
    const [profile] = await this.#select(ALL, 'WHERE id = $1', [id]);
    return profile ?? fail(userNotFound(id));
  }

  /** Gets the profiles with these fields. Other fields may be missing. */
  getMany(ids: readonly string[], fields: UserFields): Promise<PublicProfile[]> {
    return this.#select(fields, 'WHERE id = ANY ($1)', [ids]);
  }

  /** Lists profiles: newest first, after the row `after`. Fetches up to `size` + 1, to detect a next page. */
  list(size: number, after: string = MAX_ID): Promise<PublicProfile[]> {
    return this.#select(ALL, 'WHERE id < $1 ORDER BY id DESC LIMIT $2', [after, size + 1]);
  }

  /** Creates a profile. Does nothing if the account already has one. */
  async create(id: string, displayName: string): Promise<void> {
    await this.profiles.createQueryBuilder().insert().values({ id, displayName }).orIgnore().execute();
  }

  rename(id: string, displayName: string): Promise<Profile> {
    return this.#change(id, (profile) => {
      profile.displayName = displayName;
    });
  }

  /** @param address the client's IP address; empty if it is not known */
  grant(id: string, role: string, address: string): Promise<Profile> {
    return this.#decide(id, address, (profile) => {
      if (profile.roles.includes(role)) return undefined;
      profile.roles.push(role);
      return { cause: 'ROLES_CHANGED', decision: { type: 'ROLE_GRANTED', role } };
    });
  }

  revoke(id: string, role: string, address: string): Promise<Profile> {
    return this.#decide(id, address, (profile) => {
      if (!profile.roles.includes(role)) return undefined;
      profile.roles = profile.roles.filter((each) => each !== role);
      return { cause: 'ROLES_CHANGED', decision: { type: 'ROLE_REVOKED', role } };
    });
  }

  suspend(id: string, { reason, address }: Suspension, user: AuthenticatedUser): Promise<Profile> {
    return this.#decide(id, address, (profile) => {
      if (!maySuspend(user, profile)) throw userOutranksYou();
      Object.assign(profile, { suspendedAt: new Date(), suspensionReason: reason });
      return { cause: 'SUSPENDED', decision: { type: 'USER_SUSPENDED' } };
    });
  }

  /** Needs no revocation: tokens from before the suspension stay revoked, and the next refresh issues a valid one. */
  reinstate(id: string, address: string): Promise<Profile> {
    return this.#decide(id, address, (profile) => {
      if (profile.suspendedAt === null) return undefined;
      Object.assign(profile, { suspendedAt: null, suspensionReason: null });
      return { decision: { type: 'USER_REINSTATED' } };
    });
  }

  /**
   * Removes the roles of a user who deletes the account, and revokes the user's tokens.
   *
   * @throws DomainError LAST_ADMIN
   */
  async releaseRoles(id: string, address: string): Promise<void> {
    let revocation: UserRevocation | undefined;
    await this.profiles.manager.transaction(async (tx) => {
      const admins = await tx.query<{ id: string }[]>(LOCK_ADMINS, [id]);
      if (admins.length === 1 && admins[0]?.id === id) throw lastAdmin();
      const profile = await tx.findOne(Profile, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!profile || profile.roles.length === 0) return;
      const { roles } = profile;
      await tx.save(Object.assign(profile, { roles: [] }));
      revocation = revocationOf(id, 'ROLES_CHANGED');
      await this.revocations.add(tx, [revocation]);
      // The call is auth's own, but the user has asked for it.
      const events = roles.map((role) => ({ ...eventOf(id, { type: 'ROLE_REVOKED', role }, address), actorId: id }));
      await this.events.add(tx, events);
    });
    if (revocation) await this.revocations.deliverNow(revocation);
  }

  /** Deletes a profile. The reputation events go first, in batches that commit one by one: if the deadline ends the work, a repeated call goes on. */
  async delete(id: string): Promise<void> {
    const { manager } = this.profiles;
    await inBatches(manager, DELETE_EVENTS, { subject: id, size: BATCH });
    await this.profiles.delete({ id });
  }

  #select(fields: UserFields, clauses: string, values: unknown[]): Promise<PublicProfile[]> {
    return select<PublicProfile>(this.profiles.manager.dataSource, `SELECT ${columnsOf(fields)} FROM profile ${clauses}`, values);
  }

  /** Changes a locked profile. If `change` returns a consequence, also revokes the user's tokens and adds the decision to the audit log. */
  async #decide(id: string, address: string, change: (profile: Profile) => Consequence | undefined): Promise<Profile> {
    let revocation: UserRevocation | undefined;
    const changed = await this.#change(id, async (profile, tx) => {
      const { cause, decision } = change(profile) ?? {};
      revocation = cause && revocationOf(id, cause);
      if (revocation) await this.revocations.add(tx, [revocation]);
      if (decision) await this.events.add(tx, [eventOf(id, decision, address)]);
    });
    if (revocation) await this.revocations.deliverNow(revocation);
    return changed;
  }

  /** Changes a locked profile. */
  #change(id: string, change: (profile: Profile, tx: EntityManager) => Promise<void> | void): Promise<Profile> {
    return this.profiles.manager.transaction(async (tx) => {
      const profile = (await tx.findOne(Profile, { where: { id }, lock: { mode: 'pessimistic_write' } })) ?? fail(userNotFound(id));
      await change(profile, tx);
      return tx.save(profile);
    });
  }
}
