import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Client, InjectClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { LessThan, Repository } from 'typeorm';
import { Periodic } from '../periodic/periodic.ts';
import { Account } from '../account/account.entity.ts';

/** The pause between two runs, in milliseconds. */
const PAUSE_MS = 2_000;

/** How many registrations one run finishes at most. */
const BATCH = 20;

/** Finishes abandoned registrations: the process died, or the user service did not answer. */
@Injectable()
export class RegistrationRecovery implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log = new Logger('registration');
  readonly #runs = new Periodic('registration recovery', PAUSE_MS, () => this.#finishAll());

  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
  ) {}

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
  }

  async #finishAll(): Promise<void> {
    const abandoned = await this.accounts.find({
      where: { state: 'pending', heldUntil: LessThan(new Date()) },
      order: { heldUntil: 'ASC' },
      take: BATCH,
    });
    // One failure does not stop the others.
    const outcomes = await Promise.allSettled(abandoned.map((account) => this.#finish(account)));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /**
   * Creates the profile and activates the account. Another replica or a second try by the client may do the same at the same time: the profile
   * is created once, and after a second try the hash no longer matches.
   */
  async #finish({ id, displayName, passwordHash }: Account): Promise<void> {
    await this.users.createProfile({ userId: id, displayName: displayName ?? '' });
    const done: Partial<Account> = { state: 'active', displayName: null, heldUntil: null, recoveredAt: new Date() };
    const { affected } = await this.accounts.update({ id, passwordHash, state: 'pending' }, done);
    if (affected) this.#log.log({ msg: 'registration recovered', account: id });
  }
}
