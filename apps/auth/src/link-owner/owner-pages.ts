import { Injectable } from '@nestjs/common';
import { type Page, sendPage } from '@reputable/page';
import type { HttpExchange } from '../interaction/interactions.ts';
import { linkOver } from '../one-time-link/link-pages.ts';
import type { OneTimeLink } from '../one-time-link/one-time-links.ts';
import { shownError } from '../page/form-error.ts';
import { GONE } from '../page/notice.ts';
import { LinkOwner } from './link-owner.ts';
import type { OwnerForm } from './owner-form.ts';

/** The content of a page with an {@link OwnerForm}. */
export interface OwnerPageContent extends Pick<OwnerForm, 'needsPassword' | 'problem'> {
  readonly token: string;
  readonly email: string;
}

/** A link that a browser opened. */
export interface OpenedLink {
  readonly token: string;
  /** Undefined if the link was used, has expired, or never existed. */
  readonly link: OneTimeLink | undefined;
  readonly page: (content: OwnerPageContent) => Page;
}

/** The pages of links that only the account's owner can use. */
@Injectable()
export class OwnerPages {
  constructor(readonly owner: LinkOwner) {}

  /** Sends the page of a link. */
  async show(
    exchange: HttpExchange,
    { token, link, page }: OpenedLink,
    { status = 200, problem = undefined as string | undefined } = {},
  ): Promise<void> {
    if (!link) return sendPage(exchange.reply, GONE, linkOver);
    const needsPassword = !(await this.owner.isLoggedIn(exchange, link.accountId));
    await sendPage(exchange.reply, status, page({ token, email: link.email, needsPassword, problem }));
  }

  /** Whether the account's owner sent the form of a link. If not, this sends the page again, with the reason. */
  async isFromOwner(exchange: HttpExchange, opened: OpenedLink, body: unknown): Promise<boolean> {
    const refused = opened.link ? await this.#refusal(exchange, opened.link, body) : {};
    if (refused) await this.show(exchange, opened, refused);
    return !refused;
  }

  /** Why the form is refused; undefined if the account's owner sent it. */
  async #refusal(exchange: HttpExchange, { accountId }: OneTimeLink, body: unknown) {
    try {
      await this.owner.expect(exchange, accountId, body);
      return undefined;
    } catch (error) {
      const { status, problem } = shownError(exchange.reply, error);
      return { status, problem: problem.text };
    }
  }
}
