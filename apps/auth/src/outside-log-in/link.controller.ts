import { Controller, Get, Inject, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { notice, sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import type { UserAccount } from '../account/account.entity.ts';
import { API } from '../client/api-resource.ts';
import type { HttpExchange } from '../interaction/interactions.ts';
import { linkedElsewhere } from '../linked-log-in/linked-elsewhere.ts';
import { LinkedLogIns } from '../linked-log-in/linked-log-ins.ts';
import { type OutsideLogIn, OutsideLogIns } from '../outside-provider/outside-log-ins.ts';
import { linkPathOf } from '../outside-provider/providers.ts';
import { shownError } from '../page/form-error.ts';
import { GONE, over } from '../page/notice.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter, Refusal } from '../page/refusal.ts';
import { BrowserAccount } from './browser-account.ts';
import { wayBack } from './callback.controller.ts';
import { beginLinkPage, confirmLinkPage, linkedPage, notLoggedIn } from './outside-pages.ts';
import { OutsideRedirects } from './outside-redirects.ts';

/** A provider, and its answer. */
interface Opened {
  readonly provider: string;
  readonly id: string;
}

/** Links a provider to the account of a browser that is logged in: asks, goes to the provider, and asks again with the provider's answer. */
@Controller('link/:provider')
@UseFilters(PageFilter)
export class LinkController {
  constructor(
    /** The API at the gateway, which also has the pages of the account. */
    @Inject(API) readonly api: string,
    readonly dataSource: DataSource,
    readonly browser: BrowserAccount,
    readonly redirects: OutsideRedirects,
    readonly logIns: OutsideLogIns,
    readonly linked: LinkedLogIns,
  ) {}

  @Get()
  async show(@Param('provider') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { label } = this.redirects.provider(id);
    const { email } = await this.#account({ request, reply });
    return sendPage(reply, 200, beginLinkPage(label, email, linkPathOf(id)));
  }

  @Post()
  @UseGuards(OwnFormGuard)
  async begin(@Param('provider') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { id: accountId } = await this.#account({ request, reply });
    const beginning = { aim: { accountId }, again: false, way: wayBack(id, undefined) };
    return sendPage(reply, 200, await this.redirects.begin(reply, id, beginning));
  }

  @Get(':id')
  async confirm(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { email, id: accountId } = await this.#account({ request, reply });
    const { label, logIn } = await this.#answered(opened, accountId);
    const path = `${linkPathOf(opened.provider)}/${opened.id}`;
    return sendPage(reply, 200, confirmLinkPage({ label, identity: logIn.identity, path }, email));
  }

  @Post(':id')
  @UseGuards(OwnFormGuard)
  async link(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { id: accountId } = await this.#account({ request, reply });
    const { label, logIn } = await this.#answered(opened, accountId);
    await this.dataSource.transaction(async (tx) => {
      if (!(await this.logIns.use(tx, logIn.id, { accountId }))) throw new Refusal(GONE, over);
      if (!(await this.linked.link(tx, accountId, logIn.identity))) throw linkedElsewhere(label);
    });
    return sendPage(reply, 200, linkedPage(label, { href: this.#accountPage(), text: 'Go to your account' }));
  }

  /** @throws Refusal */
  async #account(exchange: HttpExchange): Promise<UserAccount> {
    try {
      const account = await this.browser.of(exchange);
      if (account) return account;
    } catch (error) {
      const { status, problem } = shownError(exchange.reply, error);
      throw new Refusal(status, notice('You cannot link a provider', problem.text));
    }
    throw new Refusal(403, notLoggedIn({ href: this.#accountPage(), text: 'Log in' }));
  }

  /** @throws Refusal */
  async #answered({ provider, id }: Opened, accountId: string): Promise<{ label: string; logIn: OutsideLogIn }> {
    const { label } = this.redirects.provider(provider);
    const logIn = await this.logIns.find(id, { accountId });
    if (logIn?.provider !== provider) throw new Refusal(GONE, over);
    return { label, logIn };
  }

  #accountPage(): string {
    return new URL('/account', this.api).href;
  }
}
