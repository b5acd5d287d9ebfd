import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Periodic } from '../periodic/periodic.ts';
import { PendingAccounts } from '../account/pending-accounts.ts';

/** The pause between two runs, in milliseconds. */
const PAUSE_MS = 2_000;

/** How many accounts one run completes at most. */
const BATCH = 20;

/** Completes abandoned accounts: the process died after the confirmation, or the user service did not answer. */
@Injectable()
export class RegistrationRecovery implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log = new Logger('registration');
  readonly #runs = new Periodic('registration recovery', PAUSE_MS, () => this.#completeAll());

  constructor(readonly pending: PendingAccounts) {}

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
  }

  async #completeAll(): Promise<void> {
    const abandoned = await this.pending.abandoned(BATCH);
    // One failure does not stop the others.
    const outcomes = await Promise.allSettled(
      abandoned.map(async (account) => {
        if (await this.pending.complete(account)) this.#log.log({ msg: 'registration recovered', account: account.id });
      }),
    );
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
  }
}
