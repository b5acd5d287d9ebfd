import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { tokenInvalid } from '@reputable/auth';
import { Repository } from 'typeorm';
import { accountWithoutEmail } from './account.errors.ts';
import { Account, isOfUser, type UserAccount } from './account.entity.ts';

/** The accounts of signed-in users. */
@Injectable()
export class Accounts {
  constructor(@InjectRepository(Account) readonly accounts: Repository<Account>) {}

  /** @throws DomainError TOKEN_INVALID if the account was deleted, ACCOUNT_WITHOUT_EMAIL if it has no address */
  async of(id: string): Promise<UserAccount> {
    const account = await this.accounts.findOneBy({ id, state: 'active' });
    if (!account) throw tokenInvalid();
    if (!isOfUser(account)) throw accountWithoutEmail();
    return account;
  }
}
