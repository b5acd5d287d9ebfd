import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Periodic } from '../periodic/periodic.ts';
import type { TokenIssuerSettings } from '../token-issuer/token-issuers.field.ts';
import { TOKEN_ISSUERS } from '../token-issuer/token-issuers.ts';
import { EventPoller } from './event-poller.ts';
import { EventReceiver } from './event-receiver.ts';
import { IssuerEvents } from './issuer-events.ts';
import { PollLease } from './poll-lease.ts';

/** The pause between two questions whether a poll is due, in milliseconds. */
const TICK_MS = 1_000;

/** Polls the issuers whose settings say so, from the start of the application to its shutdown. */
@Injectable()
export class EventPolling implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stop = new AbortController();
  readonly #tasks: readonly Periodic[];

  constructor(@Inject(TOKEN_ISSUERS) settings: readonly TokenIssuerSettings[], events: IssuerEvents, dataSource: DataSource) {
    this.#tasks = settings.flatMap((one) => {
      if (!one.events?.poll) return [];
      const receiver = new EventReceiver(one, events, one.events);
      const poller = new EventPoller(one.events.poll, receiver, new PollLease(dataSource, one.issuer.url));
      return [new Periodic(`poll of ${one.id}`, TICK_MS, () => poller.run(this.#stop.signal))];
    });
  }

  onApplicationBootstrap(): void {
    for (const task of this.#tasks) task.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#tasks.map((task) => task.stop()));
  }
}
