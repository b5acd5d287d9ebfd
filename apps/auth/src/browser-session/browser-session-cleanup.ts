import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Raw, Repository } from 'typeorm';
import { Periodic } from '../periodic.ts';
import { BrowserSession } from './browser-session.entity.ts';

/** An hour, in milliseconds. */
const PAUSE_MS = 3_600_000;

/** Forgets browser sessions whose time is up. */
@Injectable()
export class BrowserSessionCleanup implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runs = new Periodic('forgetting old browser sessions', PAUSE_MS, async () => {
    await this.sessions.delete({ expiresAt: Raw((expiresAt) => `${expiresAt} <= clock_timestamp()`) });
  });

  constructor(@InjectRepository(BrowserSession) readonly sessions: Repository<BrowserSession>) {}

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
  }
}
