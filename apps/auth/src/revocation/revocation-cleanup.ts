import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Periodic } from '../periodic.ts';

/** A minute, in milliseconds. */
const PAUSE_MS = 60_000;

/** Forgets revocations of tokens that have all ended by themselves. */
@Injectable()
export class RevocationCleanup implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runs = new Periodic('forgetting old revocations', PAUSE_MS, async () => {
    await this.dataSource.query('DELETE FROM revocation WHERE expires_at <= now()');
  });

  constructor(readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
  }
}
