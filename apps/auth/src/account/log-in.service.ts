import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { z } from 'zod';
import { Passwords } from '../password/passwords.ts';
import { FirstPartyTokens, type Tokens } from '../oauth/first-party-tokens.ts';
import { Account } from './account.entity.ts';
import { credentialsInvalid } from './account.errors.ts';
import type { LogIn } from './account.requests.ts';

/** What somebody logs in with, and the address they do it from. */
type Credentials = Pick<z.output<typeof LogIn>, 'email' | 'password'> & { readonly address: string };

/** Logging in with e-mail address and password. */
@Injectable()
export class LogInService {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly passwords: Passwords,
    readonly tokens: FirstPartyTokens,
  ) {}

  async logIn({ device, ...credentials }: z.output<typeof LogIn>): Promise<Tokens> {
    const account = await this.authenticate({ ...credentials, address: '' });
    return this.tokens.open(account.id, device);
  }

  /**
   * The account with this e-mail address and password. Whether there is one with the address shows neither in the answer nor in how long
   * it takes.
   *
   * @throws DomainError CREDENTIALS_INVALID, TOO_BUSY
   */
  async authenticate({ email, password }: Credentials): Promise<Account> {
    const account = await this.accounts.findOneBy({ email, state: 'active' });
    const matches = await this.passwords.matches(account?.passwordHash, password);
    if (!account || !matches) throw credentialsInvalid();
    return account;
  }
}
