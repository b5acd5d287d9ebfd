import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Client, InjectClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { LessThan, Repository } from 'typeorm';
import { Account } from './account.entity.ts';

/** Accounts without a profile. */
@Injectable()
export class PendingAccounts {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
  ) {}

  /** The accounts that their confirmation left pending, the oldest first. */
  abandoned(count: number): Promise<Account[]> {
    return this.accounts.find({ where: { state: 'pending', heldUntil: LessThan(new Date()) }, order: { heldUntil: 'ASC' }, take: count });
  }

  /**
   * Creates the profile and activates the account. Another replica may do the same at the same time: the profile is created once.
   *
   * @returns whether this call has activated the account
   */
  async complete({ id, displayName }: Pick<Account, 'id' | 'displayName'>): Promise<boolean> {
    await this.users.createProfile({ userId: id, displayName: displayName ?? '' });
    const done: Partial<Account> = { state: 'active', displayName: null, heldUntil: null };
    return Boolean((await this.accounts.update({ id, state: 'pending' }, done)).affected);
  }
}
