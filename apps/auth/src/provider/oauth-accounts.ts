import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DomainError } from '@reputable/errors';
import type { Account as ProviderAccount, AccountClaims } from 'oidc-provider';
import { Repository } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import { UserClaims } from '../account/user-claims.ts';

/** Accounts in oidc-provider's format. */
@Injectable()
export class OAuthAccounts {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly claims: UserClaims,
  ) {}

  /** An active account; undefined if it does not exist or its user is suspended. */
  async find(accountId: string): Promise<ProviderAccount | undefined> {
    const account = await this.accounts.findOneBy({ id: accountId, state: 'active' });
    const user = account && (await this.claims.of(accountId).catch(undefinedIfSuspended));
    if (!user) return undefined;
    const { email, emailVerifiedAt } = account;
    const address = email === null ? {} : { email, email_verified: emailVerifiedAt !== null };
    const claims: AccountClaims = { sub: accountId, name: user.displayName, ...address };
    return { accountId, claims: () => claims };
  }
}

function undefinedIfSuspended(error: unknown): undefined {
  if (error instanceof DomainError && error.reason === 'USER_SUSPENDED') return undefined;
  throw error;
}
