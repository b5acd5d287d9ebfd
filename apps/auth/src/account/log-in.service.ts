import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { z } from 'zod';
import { Passwords } from '../password/passwords.ts';
import { FirstPartyTokens, type Tokens } from '../oauth/first-party-tokens.ts';
import { Account } from './account.entity.ts';
import { credentialsInvalid } from './account.errors.ts';
import type { LogIn } from './account.requests.ts';

/** Logging in with e-mail address and password. */
@Injectable()
export class LogInService {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly passwords: Passwords,
    readonly tokens: FirstPartyTokens,
  ) {}

  /** Whether there is such an account shows neither in the answer nor in how long it takes. */
  async logIn({ email, password, device }: z.output<typeof LogIn>): Promise<Tokens> {
    const account = await this.accounts.findOneBy({ email, state: 'active' });
    const matches = await this.passwords.matches(account?.passwordHash, password);
    if (!account || !matches) throw credentialsInvalid();
    return this.tokens.open(account.id, device);
  }
}
