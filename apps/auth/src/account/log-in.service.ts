import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import type { z } from 'zod';
import { Passwords } from '../password/passwords.ts';
import { FirstPartyTokens, type Tokens } from '../oauth/first-party-tokens.ts';
import { Throttle } from '../throttle/throttle.ts';
import { Account } from './account.entity.ts';
import { credentialsInvalid } from './account.errors.ts';
import type { LogIn } from './account.requests.ts';

/** What somebody logs in with, as the request has it, and the address they do it from. */
type Credentials = Pick<z.output<typeof LogIn>, 'email' | 'password' | 'address'>;

/** Logging in with e-mail address and password. */
@Injectable()
export class LogInService {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly passwords: Passwords,
    readonly tokens: FirstPartyTokens,
    readonly throttle: Throttle,
  ) {}

  async logIn({ device, ...credentials }: z.output<typeof LogIn>): Promise<Tokens> {
    const account = await this.authenticate(credentials);
    return this.tokens.open(account.id, device, (tx) => confirmPassword(tx, account));
  }

  /**
   * The account with this e-mail address and password. Whether there is one with the address shows neither in the answer nor in how long
   * it takes. Until a session is open the password may be changed: see {@link confirmPassword}.
   *
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY
   */
  async authenticate({ email, password, address }: Credentials): Promise<Account> {
    const found = await this.throttle.logIn.attempt({ email, address }, async () => {
      const account = await this.accounts.findOneBy({ email, state: 'active' });
      return (await this.passwords.matches(account?.passwordHash, password)) ? (account ?? undefined) : undefined;
    });
    if (!found) throw credentialsInvalid();
    return found;
  }
}

/**
 * Makes sure, as part of the transaction that opens a session, that the account's password is still the one that was checked: whoever
 * changes it afterwards finds the session, and ends it.
 *
 * @throws DomainError CREDENTIALS_INVALID
 */
export async function confirmPassword(tx: EntityManager, { id, passwordHash }: Pick<Account, 'id' | 'passwordHash'>): Promise<void> {
  const account = await tx.findOne(Account, { select: { id: true }, where: { id, passwordHash }, lock: { mode: 'pessimistic_read' } });
  if (!account) throw credentialsInvalid();
}
