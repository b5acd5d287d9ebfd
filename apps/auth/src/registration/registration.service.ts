import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Client, DEADLINE_MS, InjectClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { newId } from '@reputable/database';
import { deadlineExceeded, fail } from '@reputable/errors';
import { setTimeout } from 'node:timers/promises';
import { type EntityManager, IsNull, Not, Repository } from 'typeorm';
import type { z } from 'zod';
import { FirstPartyTokens, type Tokens } from '../token/first-party-tokens.ts';
import { Passwords } from '../password/passwords.ts';
import { Throttle } from '../throttle/throttle.ts';
import { Account } from '../account/account.entity.ts';
import { emailTaken } from './registration.errors.ts';
import type { Register } from './registration.requests.ts';

/** How long a registration holds an address, in milliseconds: longer than a registration takes, and short enough to wait for a second try. */
const HOLD_MS = 5_000;

/** The pause between two tries to hold an address, in milliseconds. */
const LOOK_MS = 100;

/**
 * Holds an address for a registration: a new address, or one whose registration was abandoned. An abandoned account keeps its id, because
 * it may have a profile already.
 */
const HOLD = `
  INSERT INTO account (id, email, password_hash, display_name, state, held_until)
  VALUES ($1, $2, $3, $4, 'pending', now() + $5 * interval '1 millisecond')
  ON CONFLICT (email) DO UPDATE
    SET password_hash = EXCLUDED.password_hash, display_name = EXCLUDED.display_name, held_until = EXCLUDED.held_until
    WHERE account.state = 'pending' AND account.held_until <= now()
  RETURNING id`;

/** A registration in progress. The salted hash distinguishes it from other registrations of the same address. */
type Attempt = Pick<Account, 'id' | 'passwordHash'>;

/**
 * Registers accounts. No transaction spans auth and the user service, so a registration is a saga:
 *
 * 1. A pending account holds the e-mail address.
 * 2. The user service creates the profile, idempotently, by the account's id.
 * 3. The account becomes active and gets its first session, in one transaction.
 *
 * If a step fails, the client may try again; otherwise {@link RegistrationRecovery} finishes the registration. In the end there is an account
 * with a profile, or neither. The first display name that reached the user service stays.
 */
@Injectable()
export class RegistrationService {
  readonly #log = new Logger('registration');

  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
    readonly passwords: Passwords,
    readonly tokens: FirstPartyTokens,
    readonly throttle: Throttle,
  ) {}

  register(request: z.output<typeof Register>): Promise<Tokens> {
    return this.throttle.registration.attempt(request, () => this.#register(request));
  }

  async #register(request: z.output<typeof Register>): Promise<Tokens> {
    const attempt = await this.#begin(request);
    try {
      await this.users.createProfile({ userId: attempt.id, displayName: request.displayName });
      const tokens = await this.tokens.open(attempt.id, request.device, (tx) => this.#activate(tx, attempt));
      await this.throttle.logIn.registered(request);
      return tokens;
    } catch (error) {
      await this.#release(attempt);
      throw error;
    }
  }

  /** Step 1. Hashes the password first, so that probing for an address costs as much as registering it. */
  async #begin({ email, password, displayName, address }: z.output<typeof Register>): Promise<Attempt> {
    const passwordHash = await this.passwords.hash(password);
    const end = Date.now() + DEADLINE_MS;
    while (Date.now() < end) {
      const [held] = await this.accounts.query<{ id: string }[]>(HOLD, [newId(), email, passwordHash, displayName, HOLD_MS]);
      if (held) return { id: held.id, passwordHash };
      const other = await this.accounts.findOneBy({ email });
      if (other?.state === 'active') return this.#unanswered(other, password, address);
      // Another registration of the address is in progress and may fail.
      await setTimeout(LOOK_MS);
    }
    throw deadlineExceeded('auth');
  }

  /** A recovered account: its client got no answer. With the same password, this request is the client's second try. */
  async #unanswered(account: Account, password: string, address: string): Promise<Attempt> {
    if (!account.recoveredAt) throw emailTaken();
    // This checks an account's password, so it counts as a log-in attempt.
    const found = await this.throttle.logIn.attempt({ email: account.email, address }, async () =>
      (await this.passwords.matches(account.passwordHash, password)) ? account : undefined,
    );
    return found ?? fail(emailTaken());
  }

  /** Step 3. Of two registrations of one account, one succeeds. */
  async #activate(tx: EntityManager, { id, passwordHash }: Attempt): Promise<void> {
    const done: Partial<Account> = { state: 'active', displayName: null, heldUntil: null, recoveredAt: null };
    const { affected } = await tx
      .createQueryBuilder()
      .update(Account)
      .set(done)
      .where([
        { id, passwordHash, state: 'pending' },
        { id, passwordHash, recoveredAt: Not(IsNull()) },
      ])
      .execute();
    if (!affected) throw emailTaken();
  }

  /** Releases the address. If this fails, the hold expires. */
  async #release({ id, passwordHash }: Attempt): Promise<void> {
    await this.accounts.update({ id, passwordHash, state: 'pending' }, { heldUntil: new Date() }).catch((error: unknown) => {
      this.#log.warn({ msg: 'registration hold not released', account: id, reason: (error as Error).message });
    });
  }
}
