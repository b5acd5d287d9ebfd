import { Injectable } from '@nestjs/common';
import type { Interaction } from 'oidc-provider';
import { DataSource } from 'typeorm';
import { audit } from '../audit/audit.ts';
import { AuditFailures } from '../audit/audit-failures.ts';
import { UserClaims } from '../account/user-claims.ts';
import { LinkOutbox } from '../one-time-link/link-outbox.ts';
import { linkOver } from '../one-time-link/link-pages.ts';
import { type OneTimeLink, OneTimeLinks } from '../one-time-link/one-time-links.ts';
import { GONE } from '../page/notice.ts';
import { Refusal } from '../page/refusal.ts';
import type { Visitor } from '../throttle/log-in-throttle.ts';
import { Throttle } from '../throttle/throttle.ts';
import { type HttpExchange, Interactions, logInEvent } from './interactions.ts';
import { LinkOffers } from './link-offers.ts';
import { anotherBrowser } from './refusal.ts';

/**
 * The `amr` of a log-in by a link (RFC 8176 §2). A link is a password for one use, and the registry has no value for one that comes by
 * mail. Not `mca`, multiple channels: whoever reads the mail has the one proof that counts.
 */
const AMR = ['otp'];

/** Logs users in by one-time links. A link is bound to the interaction, and so to the browser that has its cookie. */
@Injectable()
export class LogInLinks {
  constructor(
    readonly dataSource: DataSource,
    readonly interactions: Interactions,
    readonly links: OneTimeLinks,
    readonly outbox: LinkOutbox,
    readonly offers: LinkOffers,
    readonly claims: UserClaims,
    readonly throttle: Throttle,
    readonly failures: AuditFailures,
  ) {}

  /**
   * Requests a link for an address. Does the same for every address, with an account or without.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async request(uid: string, visitor: Visitor): Promise<void> {
    await this.throttle.mail.take(visitor);
    await this.outbox.request(this.dataSource.manager, { purpose: 'log_in', email: visitor.email, interaction: uid });
  }

  /**
   * Requests a link for the address that an outside provider stated: to log in to its account, or to create one. Does the same for both.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async requestForOutside(uid: string, logIn: string, visitor: Visitor): Promise<void> {
    await this.throttle.mail.take(visitor);
    const request = { purpose: 'confirm_outside', email: visitor.email, interaction: uid, logIn } as const;
    await this.outbox.request(this.dataSource.manager, request);
  }

  /** The interaction of a link. @throws Refusal in another browser, or if the interaction is over */
  interactionOf(exchange: HttpExchange, uid: string): Promise<Interaction> {
    if (!this.interactions.hasCookie(exchange)) throw anotherBrowser();
    return this.interactions.waitingFor('login', exchange, uid);
  }

  /** @throws Refusal if the link cannot be used */
  async expectValid(uid: string, token: string): Promise<OneTimeLink> {
    const link = await this.links.find({ purpose: 'log_in', token, interaction: uid });
    if (!link) throw new Refusal(GONE, linkOver);
    return link;
  }

  /**
   * Uses a link and completes the interaction, in one transaction. A double click changes nothing and leads to the same place.
   *
   * @param offer a provider to link, see {@link LinkOffers}; empty for none
   * @returns the URL to redirect the browser to
   * @throws Refusal if the link cannot be used; DomainError USER_SUSPENDED
   */
  async use(exchange: HttpExchange, interaction: Interaction, token: string, offer: string): Promise<string> {
    const { uid } = interaction;
    const { accountId, email } = await this.expectValid(uid, token).catch((error: unknown) => {
      this.failures.note({ type: 'log_in', reason: 'LINK_INVALID', details: { method: 'link' } });
      throw error;
    });
    const event = logInEvent(interaction, accountId, 'link');
    await this.failures.watch(event, () => this.claims.of(accountId));
    const next = await this.interactions.answer(exchange, interaction, async (tx) => {
      if (!(await this.links.use(tx, { purpose: 'log_in', token, interaction: uid }))) throw new Refusal(GONE, linkOver);
      await audit(tx, event);
      const login = { accountId, amr: AMR };
      return offer === '' ? { login } : { login, outside: await this.offers.accept(tx, offer, { interaction: uid, accountId }) };
    });
    await this.throttle.logIn.proved({ email, address: exchange.request.ip });
    return next;
  }
}
