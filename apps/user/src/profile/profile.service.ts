import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticatedUser } from '@reputable/auth';
import { fail } from '@reputable/errors';
import { In, LessThan, Repository } from 'typeorm';
import { Profile } from './profile.entity.ts';
import { userNotFound, userOutranksYou } from './profile.errors.ts';
import { type Cause, revocationOf, RevocationOutbox } from './revocation.outbox.ts';
import { maySuspend } from './profile.rules.ts';

/** Profiles with roles and suspensions. */
@Injectable()
export class ProfileService {
  constructor(
    @InjectRepository(Profile) readonly profiles: Repository<Profile>,
    readonly revocations: RevocationOutbox,
  ) {}

  async get(id: string): Promise<Profile> {
    return (await this.profiles.findOneBy({ id })) ?? fail(userNotFound(id));
  }

  getMany(ids: readonly string[]): Promise<Profile[]> {
    return this.profiles.findBy({ id: In([...new Set(ids)]) });
  }

  /** Lists profiles: newest first, after the row `after`. Fetches up to `size` + 1, to detect a next page. */
  list(size: number, after: string | undefined): Promise<Profile[]> {
    return this.profiles.find({ where: after === undefined ? {} : { id: LessThan(after) }, order: { id: 'DESC' }, take: size + 1 });
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
