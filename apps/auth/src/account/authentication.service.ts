import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { Passwords } from '../password/passwords.ts';
import { Throttle } from '../throttle/throttle.ts';
import { Account } from './account.entity.ts';
import { credentialsInvalid } from './account.errors.ts';

/** What a user logs in with. */
export interface Credentials {
  /** Normalised by `email()`. */
  readonly email: string;
  readonly password: string;
  /** The client's IP address. */
  readonly address: string;
}

/** Authenticates users by e-mail address and password. */
@Injectable()
export class AuthenticationService {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly passwords: Passwords,
    readonly throttle: Throttle,
  ) {}

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
