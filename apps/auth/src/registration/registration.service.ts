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

/** How long a registration has an address to itself, in milliseconds: longer than it can take, and no longer than a person would wait to try again. */
const HOLD_MS = 5_000;

/** How often a registration looks whether the one before it has come to an end, in milliseconds. */
const LOOK_MS = 100;

/**
 * Takes an address for a registration: a new one, or one whose registration was given up. The account keeps its id in that case,
 * as there may be a profile for it already.
 */
const HOLD = `
  INSERT INTO account (id, email, password_hash, display_name, state, held_until)
  VALUES ($1, $2, $3, $4, 'pending', now() + $5 * interval '1 millisecond')
  ON CONFLICT (email) DO UPDATE
    SET password_hash = EXCLUDED.password_hash, display_name = EXCLUDED.display_name, held_until = EXCLUDED.held_until
    WHERE account.state = 'pending' AND account.held_until <= now()
  RETURNING id`;

/** A registration under way. The hash, salted as it is, tells it from any other of the same address. */
type Attempt = Pick<Account, 'id' | 'passwordHash'>;

/**
 * Registration, a saga over two services, as no transaction spans both:
 *
 * 1. a pending account takes the e-mail address;
 * 2. the user service creates the profile, idempotently, by the account's id;
 * 3. the account becomes active and gets its first session, in one transaction.
 *
 * Where it stops in between, whoever asked may ask again, and {@link RegistrationRecovery} goes on if nobody does: in the end there
 * is an account with a profile, or neither. The first display name that reached the user service is the one that stays.
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

  /** Step 1. The password is hashed first, so that to ask about an address costs as much as to register it. */
  async #begin({ email, password, displayName, address }: z.output<typeof Register>): Promise<Attempt> {
    const passwordHash = await this.passwords.hash(password);
    const end = Date.now() + DEADLINE_MS;
    while (Date.now() < end) {
      const [held] = await this.accounts.query<{ id: string }[]>(HOLD, [newId(), email, passwordHash, displayName, HOLD_MS]);
      if (held) return { id: held.id, passwordHash };
      const other = await this.accounts.findOneBy({ email });
      if (other?.state === 'active') return this.#unanswered(other, password, address);
      // Another registration of the address is under way, and may yet fail.
      await setTimeout(LOOK_MS);
    }
    throw deadlineExceeded('auth');
  }

  /** An account that became active after its owner was told to try again: with the same password, this is the second try. */
  async #unanswered(account: Account, password: string, address: string): Promise<Attempt> {
    if (!account.recoveredAt) throw emailTaken();
    // This checks the password of an account, so it counts as a log-in.
    const found = await this.throttle.logIn.attempt({ email: account.email, address }, async () =>
      (await this.passwords.matches(account.passwordHash, password)) ? account : undefined,
    );
    return found ?? fail(emailTaken());
  }

  /** Step 3. Of two that come this far for one account, one gets it. */
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

  /** Lets the next one have the address at once. Should this fail, the hold ends by itself. */
  async #release({ id, passwordHash }: Attempt): Promise<void> {
    await this.accounts.update({ id, passwordHash, state: 'pending' }, { heldUntil: new Date() }).catch((error: unknown) => {
      this.#log.warn({ msg: 'a hold is left to end by itself', account: id, reason: (error as Error).message });
    });
  }
}
