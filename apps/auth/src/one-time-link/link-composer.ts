import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import type { Mail } from '../mail/mail.ts';
import { credentialsStamp } from './credentials-stamp.ts';
import { linkMail } from './link-mails.ts';
import type { LinkRequest, StoredRequest } from './link-request.ts';
import { emailChangedMail, emailInUseMail } from './notice-mails.ts';
import { type NewLink, OneTimeLinks } from './one-time-links.ts';

/** The injection token of the service's public URL. */
export const PUBLIC_URL = Symbol('PublicUrl');

/** Composes the mails for requests, with new tokens. */
@Injectable()
export class LinkComposer {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly links: OneTimeLinks,
    @Inject(PUBLIC_URL) readonly publicUrl: string,
  ) {}

  /** @returns the mail; undefined if there is none to send */
  async compose(request: StoredRequest): Promise<Mail | undefined> {
    if (request.purpose === 'email_changed') return emailChangedMail(request.email);
    if (request.purpose === 'change_email') return this.#changeOfEmail(request);
    const { id, purpose, email } = request;
    const account = await this.accounts.findOneBy({ email, state: 'active' });
    const interaction = purpose === 'log_in' ? request.interaction : undefined;
    return account ? this.#link({ id, purpose, accountId: account.id, email, interaction }) : undefined;
  }

  /** An address with an account gets a notice. After a change of password or address, the request is over. */
  async #changeOfEmail({ id, email, accountId, stamp }: StoredRequest & Extract<LinkRequest, { purpose: 'change_email' }>) {
    const account = await this.accounts.findOneBy({ id: accountId, state: 'active' });
    if (!account || credentialsStamp(account) !== stamp) return undefined;
    if (await this.accounts.existsBy({ email })) return emailInUseMail(email);
    return this.#link({ id, purpose: 'change_email', accountId, email });
  }

  async #link(link: NewLink): Promise<Mail | undefined> {
    const token = await this.links.make(link);
    return token === undefined ? undefined : linkMail(this.publicUrl, link.purpose, link.email, token, link.interaction);
  }
}
