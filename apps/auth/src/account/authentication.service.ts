import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { AuditFailures, type Failure } from '../audit/audit-failures.ts';
import { Passwords } from '../password/passwords.ts';
import { Throttle } from '../throttle/throttle.ts';
import { Account, hasPassword, type PasswordAccount } from './account.entity.ts';
import { credentialsInvalid, currentPasswordWrong } from './account.errors.ts';

/** What a user logs in with. */
export interface Credentials {
  /** Normalised by `email()`. */
  readonly email: string;
  readonly password: string;
  /** The client's IP address. */
  readonly address: string;
}

/** Authenticates users by password. */
@Injectable()
export class AuthenticationService {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly passwords: Passwords,
    readonly throttle: Throttle,
    readonly failures: AuditFailures,
  ) {}

  /**
   * Finds the account with this e-mail address and password. Neither the error nor the response time reveals whether the address has an
   * account. The password may change before a session begins: see {@link confirmPassword}.
   *
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY
   */
  async authenticate({ email, password, address }: Credentials): Promise<PasswordAccount> {
    const failure = { type: 'log_in', details: { method: 'password' } } as const;
    const found = await this.#attempt({ email, password, address }, failure, () => this.accounts.findOneBy({ email, state: 'active' }));
    if (!found) throw credentialsInvalid();
    return found;
  }

  /**
   * Checks the current password of a signed-in user. Counts as a log-in attempt, so a stolen token does not bypass the limits on password
   * guessing.
   *
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY
   */
  async authenticateUser(id: string, { password, address }: Omit<Credentials, 'email'>): Promise<PasswordAccount> {
    const account = await this.accounts.findOneBy({ id, state: 'active' });
    const credentials = { email: account?.email ?? id, password, address };
    const found = await this.#attempt(credentials, { type: 'password_check', userId: id }, () => Promise.resolve(account));
    if (!found) throw currentPasswordWrong();
    return found;
  }

  /** Checks a password within the limits, and notes a failure. */
  async #attempt(
    { password, ...visitor }: Credentials,
    failure: Omit<Failure, 'reason'>,
    find: () => Promise<Account | null>,
  ): Promise<PasswordAccount | undefined> {
    let account: Account | null = null;
    const found = await this.failures.watch(failure, () =>
      this.throttle.logIn.attempt(visitor, async () => this.#check((account = await find()), password)),
    );
    if (!found) this.failures.note({ userId: idOf(account), ...failure, reason: 'CREDENTIALS_INVALID' });
    return found;
  }

  /** The account, if the password is the right one. Takes as long without an account, or without its password. */
  async #check(account: Account | null, password: string): Promise<PasswordAccount | undefined> {
    const isRight = await this.passwords.matches(account?.passwordHash, password);
    return isRight && hasPassword(account) ? account : undefined;
  }
}

const idOf = (account: Account | null) => account?.id;

/**
 * Checks, in the transaction that begins a session, that the account still has the authenticated password. The row lock makes a later
 * password change wait for the session, and the change then ends it.
 *
 * @throws DomainError CREDENTIALS_INVALID
 */
export async function confirmPassword(
  tx: EntityManager,
  { id, passwordHash }: Pick<PasswordAccount, 'id' | 'passwordHash'>,
): Promise<void> {
  const account = await tx.findOne(Account, { select: { id: true }, where: { id, passwordHash }, lock: { mode: 'pessimistic_read' } });
  if (!account) throw credentialsInvalid();
}
