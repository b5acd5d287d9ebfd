import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { Periodic } from '../periodic.ts';
import { Session } from './session.entity.ts';

/** An hour, in milliseconds. */
const PAUSE_MS = 3_600_000;

/** Forgets sessions whose time is up, with their tokens: until then a token that comes twice is known, and after that it is just invalid. */
@Injectable()
export class SessionCleanup implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runs = new Periodic('forgetting old sessions', PAUSE_MS, async () => {
    await this.sessions.delete({ expiresAt: LessThan(new Date()) });
  });

  constructor(@InjectRepository(Session) readonly sessions: Repository<Session>) {}

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
  }
}
