import { Body, Controller, Get, Inject, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { notice, sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { Account } from '../account/account.entity.ts';
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
import { holdLogIn } from '../record/delete-records.ts';
import { BrowserAccount, type BrowserLogIn } from './browser-account.ts';
import { wayBack } from './callback.controller.ts';
import { type BeginForm, beginLinkPage, confirmLinkPage, linkedPage, notLoggedIn } from './outside-pages.ts';
import { OutsideRedirects } from './outside-redirects.ts';
import { RecentLogIn } from './recent-log-in.ts';

/** A provider, and its answer. */
interface Opened {
  readonly provider: string;
  readonly id: string;
}

/**
 * Links a provider to the account of a browser that is logged in: asks the account's owner, goes to the provider, and asks again with the
 * provider's answer. The answer is bound to the browser that has begun, so that the owner is asked once.
 */
@Controller('link/:provider')
@UseFilters(PageFilter)
export class LinkController {
  constructor(
    /** The API at the gateway, which also has the pages of the account. */
    @Inject(API) readonly api: string,
    readonly dataSource: DataSource,
    readonly browser: BrowserAccount,
    readonly recent: RecentLogIn,
    readonly redirects: OutsideRedirects,
    readonly logIns: OutsideLogIns,
    readonly linked: LinkedLogIns,
  ) {}

  @Get()
  async show(@Param('provider') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const logIn = await this.#logIn({ request, reply });
    return sendPage(reply, 200, beginLinkPage(this.#form(id, logIn)));
  }

  @Post()
  @UseGuards(OwnFormGuard)
  async begin(@Param('provider') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const logIn = await this.#logIn({ request, reply });
    const refused = await this.recent.refusal({ request, reply }, logIn, body);
    if (refused) return sendPage(reply, refused.status, beginLinkPage({ ...this.#form(id, logIn), problem: refused.problem }));
    const beginning = { aim: { accountId: logIn.account.id }, again: false, way: wayBack(id, undefined) };
    return sendPage(reply, 200, await this.redirects.begin(reply, id, beginning));
  }

  @Get(':id')
  async confirm(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { email, id: accountId } = (await this.#logIn({ request, reply })).account;
    const { label, logIn } = await this.#answered(opened, accountId);
    const path = `${linkPathOf(opened.provider)}/${opened.id}`;
    return sendPage(reply, 200, confirmLinkPage({ label, identity: logIn.identity, path }, email));
  }

  @Post(':id')
  @UseGuards(OwnFormGuard)
  async link(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { account, uid } = await this.#logIn({ request, reply });
    const { id: accountId } = account;
    const { label, logIn } = await this.#answered(opened, accountId);
    await this.dataSource.transaction(async (tx) => {
      // A reset of the password holds this lock, too. It ends the log-in, and unlinks all providers.
      await tx.findOne(Account, { select: { id: true }, where: { id: accountId }, lock: { mode: 'for_no_key_update' } });
      if (!(await this.logIns.use(tx, logIn.id, { accountId }))) throw new Refusal(GONE, over);
      if (!(await holdLogIn(tx, uid))) throw this.#notLoggedIn();
      if (!(await this.linked.link(tx, accountId, logIn.identity))) throw linkedElsewhere(label);
    });
    return sendPage(reply, 200, linkedPage(label, { href: this.#accountPage(), text: 'Go to your account' }));
  }

  /** @throws Refusal */
  #form(id: string, logIn: BrowserLogIn): BeginForm {
    const { label } = this.redirects.provider(id);
    return { label, path: linkPathOf(id), email: logIn.account.email, needsPassword: this.recent.needsPassword(logIn) };
  }

  /** @throws Refusal */
  async #logIn(exchange: HttpExchange): Promise<BrowserLogIn> {
    try {
      const logIn = await this.browser.of(exchange);
      if (logIn) return logIn;
    } catch (error) {
      const { status, problem } = shownError(exchange.reply, error);
      throw new Refusal(status, notice('You cannot link a provider', problem.text));
    }
    throw this.#notLoggedIn();
  }

  #notLoggedIn(): Refusal {
    return new Refusal(403, notLoggedIn({ href: this.#accountPage(), text: 'Log in' }));
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
