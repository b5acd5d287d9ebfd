import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { tokenInvalid } from '@reputable/auth';
import { Repository } from 'typeorm';
import { Account, isOfUser, type UserAccount } from './account.entity.ts';

/** The accounts of signed-in users. */
@Injectable()
export class Accounts {
  constructor(@InjectRepository(Account) readonly accounts: Repository<Account>) {}

  /** @throws DomainError TOKEN_INVALID if the account was deleted */
  async of(id: string): Promise<UserAccount> {
    const account = await this.accounts.findOneBy({ id, state: 'active' });
    if (!isOfUser(account)) throw tokenInvalid();
    return account;
  }
}
