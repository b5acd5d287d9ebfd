import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { newId, Outbox } from '@reputable/database';
import { type EntityManager, Repository } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import { Mailer, MailRejected } from '../mail/mailer.ts';
import { linkMail } from './link-mails.ts';
import { OneTimeLinks, type Purpose } from './one-time-links.ts';

/** The injection token of the service's public URL. */
export const PUBLIC_URL = Symbol('PublicUrl');

/** A request for a link, as the outbox stores it: without the token, which is made when the mail is sent. */
export interface LinkRequest {
  readonly id: string;
  readonly purpose: Purpose;
  /** Normalised by `email()`. For most purposes it need not have an account. */
  readonly email: string;
  /** For a link to log in: the browser's interaction. */
  readonly interaction?: string;
  /** How often an SMTP server has rejected the mail. */
  readonly rejections: number;
}

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
export class LinkOutbox extends Outbox<LinkRequest> {
  readonly #log = new Logger('mail');

  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly links: OneTimeLinks,
    readonly mailer: Mailer,
    @Inject(PUBLIC_URL) readonly publicUrl: string,
  ) {
    const deliver = async ([request]: LinkRequest[]) => {
      if (request) await this.#deliver(request);
    };
    super({ dataSource: accounts.manager.dataSource, queue: 'link', deliver, batch: 1, timeoutS: TIMEOUT_S, maxPauseS: MAX_PAUSE_S });
  }

  /** Requests a link, in a transaction. */
  request(tx: EntityManager, request: Pick<LinkRequest, 'purpose' | 'email' | 'interaction'>): Promise<void> {
    return this.add(tx, [{ ...request, id: newId(), rejections: 0 }]);
  }

  async #deliver(request: LinkRequest): Promise<void> {
    const { id, purpose, email, interaction } = request;
    const account = await this.accounts.findOneBy({ email, state: 'active' });
    if (!account) return;
    const token = await this.links.make({ id, purpose, accountId: account.id, email, interaction });
    if (token === undefined) return;
    try {
      await this.mailer.send(linkMail(this.publicUrl, purpose, email, token, interaction));
    } catch (error) {
      if (!(error instanceof MailRejected)) throw error;
      await this.#rejected(request, error);
    }
  }

  async #rejected(request: LinkRequest, { status }: MailRejected): Promise<void> {
    const pause = PAUSES_S[request.rejections];
    const rejections = request.rejections + 1;
    if (pause === undefined) this.#log.error({ msg: 'mail given up', purpose: request.purpose, request: request.id, status, rejections });
    else await this.add(this.accounts.manager, [{ ...request, rejections }], pause);
  }
}
