import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Periodic } from '../periodic.ts';
import { KNOWN_FOR } from './known-addresses.ts';

/** A minute, in milliseconds. */
const PAUSE_MS = 60_000;

/** Forgets attempts that no longer count, and addresses that nobody has logged in from for long. */
@Injectable()
export class ThrottleCleanup implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runs = new Periodic('forgetting old attempts', PAUSE_MS, async () => {
    await this.dataSource.query('DELETE FROM attempt WHERE expire <= $1', [Date.now()]);
    await this.dataSource.query(`DELETE FROM known_address WHERE logged_in_at <= now() - ${KNOWN_FOR}`);
  });

  constructor(readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
  }
}
