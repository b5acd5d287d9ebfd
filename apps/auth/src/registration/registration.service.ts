import { Injectable, Logger } from '@nestjs/common';
import { fail } from '@reputable/errors';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { AuditFailures } from '../audit/audit-failures.ts';
import { LinkOutbox } from '../one-time-link/link-outbox.ts';
import { type Registration, RegistrationLinks } from '../one-time-link/registration-links.ts';
import { Passwords } from '../password/passwords.ts';
import { Throttle } from '../throttle/throttle.ts';
import { PendingAccounts } from '../account/pending-accounts.ts';
import { emailTaken, linkInvalid, registrationIncomplete, registrationPasswordWrong } from './registration.errors.ts';
import type { Register } from './registration.requests.ts';

/** How long recovery leaves a pending account alone, in milliseconds: longer than a confirmation takes. */
const HOLD_MS = 5_000;

/** A link as a client uses it. */
export interface Confirmation {
  readonly token: string;
  /** The password of the registration. */
  readonly password: string;
  /** The client's IP address. */
  readonly address: string;
}

/**
 * Registers accounts. An account begins when a mail to its address was read. No transaction spans auth and the user service, so this is a saga:
 *
 * 1. The registration is stored, and a mail is requested. This does the same for every address.
 * 2. The link of the mail and the password of the registration turn it into a pending account.
 * 3. The user service creates the profile, idempotently, by the account's id, and the account becomes active.
 *
 * If step 3 fails, {@link RegistrationRecovery} does it.
 */
@Injectable()
export class RegistrationService {
  readonly #log = new Logger('registration');

  constructor(
    readonly dataSource: DataSource,
    readonly passwords: Passwords,
    readonly links: RegistrationLinks,
    readonly outbox: LinkOutbox,
    readonly pending: PendingAccounts,
    readonly throttle: Throttle,
    readonly failures: AuditFailures,
  ) {}

  /** @throws DomainError TOO_MANY_ATTEMPTS, TOO_BUSY */
  async register(registration: z.output<typeof Register>): Promise<void> {
    await this.throttle.registration.attempt(registration, () =>
      this.throttle.mail.attempt(registration, () => this.#register(registration)),
    );
  }

  async #register({ email, password, displayName }: z.output<typeof Register>): Promise<void> {
    const passwordHash = await this.passwords.hash(password);
    await this.dataSource.transaction(async (tx) => {
      const registration = await this.links.add(tx, { email, passwordHash, displayName });
      await this.outbox.request(tx, { purpose: 'register', email, registration });
    });
  }

  /** Finds the registration of a link that can be used. */
  find(token: string): Promise<Registration | undefined> {
    return this.links.find(token);
  }

  /**
   * Confirms a registration. The password is required, so that a link in an unexpected mail is of no use to its reader: whoever registered
   * the address would know the password of the account.
   *
   * @returns the id of the account, which is active
   * @throws DomainError LINK_INVALID, CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY, EMAIL_TAKEN, REGISTRATION_INCOMPLETE
   */
  confirm(confirmation: Confirmation): Promise<string> {
    return this.failures.watch({ type: 'log_in', details: { method: 'registration' } }, () => this.#confirm(confirmation));
  }

  async #confirm({ token, password, address }: Confirmation): Promise<string> {
    const found = (await this.links.find(token)) ?? fail(linkInvalid());
    const confirmed = await this.throttle.logIn.attempt({ email: found.email, address }, async () =>
      (await this.passwords.matches(found.passwordHash, password)) ? found : undefined,
    );
    if (!confirmed) throw registrationPasswordWrong();
    if (!(await this.links.use(token, HOLD_MS))) throw (await this.links.find(token)) ? emailTaken() : linkInvalid();
    await this.pending.complete(confirmed).catch((error: unknown) => {
      this.#log.warn({ msg: 'registration incomplete', account: confirmed.id, reason: (error as Error).message });
      throw registrationIncomplete();
    });
    return confirmed.id;
  }
}
