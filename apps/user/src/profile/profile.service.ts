import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Caller } from '@reputable/auth';
import { fail } from '@reputable/errors';
import { In, LessThan, Repository } from 'typeorm';
import { Profile } from './profile.entity.ts';
import { userNotFound, userOutranksYou } from './profile.errors.ts';
import { maySuspend } from './profile.rules.ts';

/** Profiles: who users are, which roles they have, whether they are suspended. */
@Injectable()
export class ProfileService {
  constructor(@InjectRepository(Profile) readonly profiles: Repository<Profile>) {}

  async get(id: string): Promise<Profile> {
    return (await this.profiles.findOneBy({ id })) ?? fail(userNotFound(id));
  }

  getMany(ids: readonly string[]): Promise<Profile[]> {
    return this.profiles.findBy({ id: In([...new Set(ids)]) });
  }

  /** Newest first, after the row with the id `after`; one more than asked for tells that there are more. */
  list(size: number, after: string | undefined): Promise<Profile[]> {
    return this.profiles.find({ where: after === undefined ? {} : { id: LessThan(after) }, order: { id: 'DESC' }, take: size + 1 });
  }

  /** Idempotent: the first profile of an account stays as it is. */
  async create(id: string, displayName: string): Promise<void> {
    await this.profiles.createQueryBuilder().insert().values({ id, displayName }).orIgnore().execute();
  }

  rename(id: string, displayName: string): Promise<Profile> {
    return this.#change(id, { displayName });
  }

  async grant(id: string, role: string): Promise<Profile> {
    // In one statement, so that two grants at once do not undo each other.
    return this.#change(id, { roles: () => `(SELECT array_agg(DISTINCT r) FROM unnest(array_append(roles, :role)) r)` }, { role });
  }

  async revoke(id: string, role: string): Promise<Profile> {
    return this.#change(id, { roles: () => 'array_remove(roles, :role)' }, { role });
  }

  async suspend(id: string, reason: string, caller: Caller): Promise<Profile> {
    if (!maySuspend(caller, await this.get(id))) throw userOutranksYou();
    return this.#change(id, { suspendedAt: new Date(), suspensionReason: reason });
  }

  reinstate(id: string): Promise<Profile> {
    return this.#change(id, { suspendedAt: null, suspensionReason: null });
  }

  async #change(id: string, change: object, parameters = {}): Promise<Profile> {
    const { affected } = await this.profiles.createQueryBuilder().update().set(change).where({ id }).setParameters(parameters).execute();
    if (!affected) throw userNotFound(id);
    return this.get(id);
  }
}
