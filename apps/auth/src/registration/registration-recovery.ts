import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Client, InjectClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { LessThan, Repository } from 'typeorm';
import { Periodic } from '../periodic/periodic.ts';
import { Account } from '../account/account.entity.ts';

/** In milliseconds. */
const PAUSE_MS = 2_000;

/** How many registrations one run takes up. */
const BATCH = 20;

/** Finishes registrations that nobody is at work on any more: the process died, or the user service did not answer. */
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
    // One that cannot be finished keeps no other from it.
    const outcomes = await Promise.allSettled(abandoned.map((account) => this.#finish(account)));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /** Harmless if somebody has taken it up meanwhile, another replica or a second try: the profile is theirs, too, and the hash no longer fits. */
  async #finish({ id, displayName, passwordHash }: Account): Promise<void> {
    await this.users.createProfile({ userId: id, displayName: displayName ?? '' });
    const done: Partial<Account> = { state: 'active', displayName: null, heldUntil: null, recoveredAt: new Date() };
    const { affected } = await this.accounts.update({ id, passwordHash, state: 'pending' }, done);
    if (affected) this.#log.log({ msg: 'finished a registration', account: id });
  }
}
