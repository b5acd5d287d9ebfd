import { Injectable, Logger } from '@nestjs/common';
import { newId, Outbox } from '@reputable/database';
import { DataSource, type EntityManager } from 'typeorm';
import { Mailer, MailRejected } from '../mail/mailer.ts';
import { LinkComposer } from './link-composer.ts';
import type { LinkRequest, StoredRequest } from './link-request.ts';

/** The pauses before a rejected mail is sent again, in seconds. After the last one it is given up. */
const PAUSES_S = [2, 10];

/** How long one delivery may take, in seconds. */
const TIMEOUT_S = 30;

/** The longest pause between two tries while the SMTP server is down, in seconds. */
const MAX_PAUSE_S = 30;

/**
 * Sends one-time links by mail. A request and the delivery are separate: a request only stores the address, so it takes the same time and
 * has the same answer whether the address has an account or not. An SMTP server that is down delays the mails.
 */
@Injectable()
export class LinkOutbox extends Outbox<StoredRequest> {
  readonly #log = new Logger('mail');

  constructor(
    readonly dataSource: DataSource,
    readonly composer: LinkComposer,
    readonly mailer: Mailer,
  ) {
    const deliver = async ([request]: StoredRequest[]) => {
      if (request) await this.#deliver(request);
    };
    super({ dataSource, queue: 'link', deliver, batch: 1, timeoutS: TIMEOUT_S, maxPauseS: MAX_PAUSE_S });
  }

  /** Requests a mail, in a transaction. */
  request(tx: EntityManager, request: LinkRequest): Promise<void> {
    return this.add(tx, [{ ...request, id: newId(), rejections: 0 }]);
  }

  async #deliver(request: StoredRequest): Promise<void> {
    const composed = await this.composer.compose(request);
    if (!composed) return;
    try {
      await this.mailer.send(composed.mail);
      await composed.sent?.();
    } catch (error) {
      if (!(error instanceof MailRejected)) throw error;
      await this.#rejected(request, error);
    }
  }

  async #rejected(request: StoredRequest, { status }: MailRejected): Promise<void> {
    const pause = PAUSES_S[request.rejections];
    const rejections = request.rejections + 1;
    if (pause === undefined) this.#log.error({ msg: 'mail given up', purpose: request.purpose, request: request.id, status, rejections });
    else await this.add(this.dataSource.manager, [{ ...request, rejections }], pause);
  }
}
