import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import type { Mail } from '../mail/mail.ts';
import { credentialsStamp } from './credentials-stamp.ts';
import { OutsideLogIns } from '../outside-provider/outside-log-ins.ts';
import { linkMail, type LinkMailKind } from './link-mails.ts';
import type { LinkRequest, StoredRequest } from './link-request.ts';
import {
  accountDeletedMail,
  emailChangedMail,
  emailInUseMail,
  logInLinkedMail,
  logInUnlinkedMail,
  registeredAlreadyMail,
} from './notice-mails.ts';
import { type NewLink, OneTimeLinks } from './one-time-links.ts';
import { RegistrationLinks } from './registration-links.ts';

/** The injection token of the service's public URL. */
export const PUBLIC_URL = Symbol('PublicUrl');

/** A mail to send. */
export interface Composed {
  readonly mail: Mail;
  /** Runs after the mail was sent. */
  readonly sent?: () => Promise<void>;
}

type RequestFor<P extends LinkRequest['purpose']> = StoredRequest & Extract<LinkRequest, { readonly purpose: P }>;

/** Composes the mails for requests, with new tokens. */
@Injectable()
export class LinkComposer {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly links: OneTimeLinks,
    readonly registrations: RegistrationLinks,
    readonly outside: OutsideLogIns,
    @Inject(PUBLIC_URL) readonly publicUrl: string,
  ) {}

  /** @returns the mail; undefined if there is none to send */
  async compose(request: StoredRequest): Promise<Composed | undefined> {
    if (request.purpose === 'email_changed') return { mail: emailChangedMail(request.email) };
    if (request.purpose === 'account_deleted') return { mail: accountDeletedMail(request.email) };
    if (request.purpose === 'log_in_linked') return { mail: logInLinkedMail(this.publicUrl, request.email, request.provider) };
    if (request.purpose === 'log_in_unlinked') return { mail: logInUnlinkedMail(this.publicUrl, request.email, request.provider) };
    if (request.purpose === 'change_email') return this.#changeOfEmail(request);
    if (request.purpose === 'register') return this.#registration(request);
    const { id, purpose, email } = request;
    const account = await this.accounts.findOneBy({ email, state: 'active' });
    if (!account) return purpose === 'confirm_outside' ? this.#confirmation(request) : undefined;
    const link = { id, accountId: account.id, email };
    if (!('interaction' in request)) return this.#link({ ...link, purpose: request.purpose });
    // Whoever created the account may not read mail to its address, and must not share it with the reader. A reset ends the other ways in.
    if (!account.emailVerifiedAt) return this.#link({ ...link, purpose: 'reset_password' }, 'reset_before_log_in');
    return this.#link({ ...link, purpose: 'log_in', interaction: request.interaction });
  }

  /** An address without an account gets a link that shows that the user of the outside provider reads its mail. */
  async #confirmation({ email, interaction, logIn }: RequestFor<'confirm_outside'>): Promise<Composed | undefined> {
    const token = await this.outside.makeLink(logIn);
    if (token === undefined) return undefined;
    return { mail: linkMail(this.publicUrl, 'confirm_outside', email, `${logIn}/mail/${token}`, interaction) };
  }

  /** An address with an account gets a notice. After a change of password or address, the request is over. */
  async #changeOfEmail({ id, email, accountId, stamp }: RequestFor<'change_email'>) {
    const account = await this.accounts.findOneBy({ id: accountId, state: 'active' });
    if (!account || credentialsStamp(account) !== stamp) return undefined;
    if (await this.accounts.existsBy({ email })) return { mail: emailInUseMail(email) };
    return this.#link({ id, purpose: 'change_email', accountId, email });
  }

  /** An address with an account gets a notice, and the registration ends. */
  async #registration({ email, registration }: RequestFor<'register'>): Promise<Composed | undefined> {
    if (await this.accounts.existsBy({ email }))
      return { mail: registeredAlreadyMail(this.publicUrl, email), sent: () => this.registrations.delete(registration) };
    const token = await this.registrations.make(registration);
    if (token === undefined) return undefined;
    return { mail: linkMail(this.publicUrl, 'register', email, token), sent: () => this.registrations.sent(registration) };
  }

  async #link(link: NewLink, kind: LinkMailKind = link.purpose): Promise<Composed | undefined> {
    const token = await this.links.make(link);
    return token === undefined ? undefined : { mail: linkMail(this.publicUrl, kind, link.email, token, link.interaction) };
  }
}
