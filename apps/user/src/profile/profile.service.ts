import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticatedUser } from '@reputable/auth';
import { MAX_ID, select } from '@reputable/database';
import { fail } from '@reputable/errors';
import { Repository } from 'typeorm';
import { Profile, type PublicProfile } from './profile.entity.ts';
import { userNotFound, userOutranksYou } from './profile.errors.ts';
import { type Cause, revocationOf, RevocationOutbox } from './revocation.outbox.ts';
import { ALL } from './profile.mapper.ts';
import { maySuspend } from './profile.rules.ts';
import { columnsOf, type UserFields } from './profile.sql.ts';

/** Profiles with roles and suspensions. */
@Injectable()
export class ProfileService {
  constructor(
    @InjectRepository(Profile) readonly profiles: Repository<Profile>,
    readonly revocations: RevocationOutbox,
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

  grant(id: string, role: string): Promise<Profile> {
    return this.#change(id, (profile) => {
      if (profile.roles.includes(role)) return undefined;
      profile.roles.push(role);
      return 'ROLES_CHANGED';
    });
  }

  revoke(id: string, role: string): Promise<Profile> {
    return this.#change(id, (profile) => {
      if (!profile.roles.includes(role)) return undefined;
      profile.roles = profile.roles.filter((each) => each !== role);
      return 'ROLES_CHANGED';
    });
  }

  suspend(id: string, reason: string, user: AuthenticatedUser): Promise<Profile> {
    return this.#change(id, (profile) => {
      if (!maySuspend(user, profile)) throw userOutranksYou();
      Object.assign(profile, { suspendedAt: new Date(), suspensionReason: reason });
      return 'SUSPENDED';
    });
  }

  /** Needs no revocation: tokens from before the suspension stay revoked, and the next refresh issues a valid one. */
  reinstate(id: string): Promise<Profile> {
    return this.#change(id, (profile) => {
      Object.assign(profile, { suspendedAt: null, suspensionReason: null });
    });
  }

  #select(fields: UserFields, clauses: string, values: unknown[]): Promise<PublicProfile[]> {
    return select<PublicProfile>(this.profiles.manager.dataSource, `SELECT ${columnsOf(fields)} FROM profile ${clauses}`, values);
  }

  /** Changes a locked profile. If `change` returns a cause, also revokes the user's tokens. */
  #change(id: string, change: (profile: Profile) => Cause | undefined): Promise<Profile> {
    return this.profiles.manager.transaction(async (tx) => {
      const profile = (await tx.findOne(Profile, { where: { id }, lock: { mode: 'pessimistic_write' } })) ?? fail(userNotFound(id));
      const cause = change(profile);
      await tx.save(profile);
      if (cause) await this.revocations.add(tx, [revocationOf(id, cause)]);
      return profile;
    });
  }
}
