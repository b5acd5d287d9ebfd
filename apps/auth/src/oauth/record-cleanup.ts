import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Periodic } from '../periodic.ts';
import { RecordStore } from './record-store.ts';

/** Ten minutes, in milliseconds. */
const PAUSE_MS = 600_000;

/** Forgets codes, tokens and the like whose time is up. */
@Injectable()
export class RecordCleanup implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runs = new Periodic('forgetting what the authorization server no longer needs', PAUSE_MS, () => this.records.forgetExpired());

  constructor(readonly records: RecordStore) {}

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
  }
}
