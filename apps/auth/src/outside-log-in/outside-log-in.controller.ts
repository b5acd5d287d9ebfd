import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type HttpExchange, Interactions } from '../interaction/interactions.ts';
import { LogInLinks } from '../interaction/log-in-links.ts';
import { linkSent } from '../one-time-link/link-pages.ts';
import { OutsideLogIns } from '../outside-provider/outside-log-ins.ts';
import { type Problem, shownError } from '../page/form-error.ts';
import { GONE, over } from '../page/notice.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter, Refusal } from '../page/refusal.ts';
import { wayBack } from './callback.controller.ts';
import { isFreshNeeded } from './fresh.ts';
import { type Answered, OutsideAnswers } from './outside-answers.ts';
import { readDisplayName, readPassword } from './outside-forms.ts';
import { addressMissing, newAccountPage, ownLogInPage, withWay } from './outside-pages.ts';
import { OutsideRedirects } from './outside-redirects.ts';

/** A browser's interaction, and the log-in with a provider that answers it. */
interface Opened {
  readonly uid: string;
  readonly id: string;
}

/** Log-in with outside providers: from the log-in page to the provider, and the pages after the provider's answer. */
@Controller('oidc/interaction/:uid')
@UseFilters(PageFilter)
export class OutsideLogInController {
  constructor(
    readonly interactions: Interactions,
    readonly redirects: OutsideRedirects,
    readonly logIns: OutsideLogIns,
    readonly answers: OutsideAnswers,
    readonly links: LogInLinks,
  ) {}

  @Post('provider/:provider')
  @UseGuards(OwnFormGuard)
  async begin(@Param('uid') uid: string, @Param('provider') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const interaction = await this.interactions.waitingFor('login', { request, reply }, uid);
    const beginning = { aim: { interaction: uid }, again: isFreshNeeded(interaction), way: wayBack(id, uid) };
    return sendPage(reply, 200, await this.redirects.begin(reply, id, beginning));
  }

  /** After the provider's answer: logs in if the user is linked. Otherwise asks for an account. */
  @Get('outside/:id')
  async show(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const answered = await this.#waiting({ request, reply }, opened);
    const accountId = await this.answers.accountOf(answered.logIn);
    if (accountId === undefined) return this.#showForm(answered, 200);
    return this.#try(answered, () => this.answers.logIn(answered, accountId));
  }

  @Post('outside/:id/account')
  @UseGuards(OwnFormGuard)
  async create(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const answered = await this.#waiting({ request, reply }, opened);
    const { typed, displayName, problem } = readDisplayName(body);
    if (displayName === undefined) return this.#showForm(answered, 422, problem, typed);
    return this.#try(answered, () => this.answers.createAccount(answered, displayName));
  }

  @Post('outside/:id/log-in')
  @UseGuards(OwnFormGuard)
  async link(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const answered = await this.#waiting({ request, reply }, opened);
    const { password, problem } = readPassword(body);
    if (password === undefined) return this.#showForm(answered, 422, problem);
    return this.#try(answered, () => this.answers.linkByPassword(answered, password));
  }

  /** Sends a link to log in, to the account's address. Its page can also link the provider. */
  @Post('outside/:id/mail')
  @UseGuards(OwnFormGuard)
  async mail(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const answered = await this.#waiting({ request, reply }, opened);
    const { email } = answered.logIn.identity;
    if (email === null) return this.#showForm(answered, 422);
    return this.#try(answered, async () => {
      await this.links.request(opened.uid, { email, address: request.ip });
      return sendPage(reply, 200, linkSent(email));
    });
  }

  /** @throws Refusal */
  async #waiting(exchange: HttpExchange, { uid, id }: Opened): Promise<Answered> {
    const interaction = await this.interactions.waitingFor('login', exchange, uid);
    const logIn = await this.logIns.find(id, { interaction: uid });
    if (!logIn) throw new Refusal(GONE, over);
    return { exchange, interaction, logIn };
  }

  /** Redirects the browser to where `work` leads, or shows why it failed. */
  async #try(answered: Answered, work: () => Promise<string | FastifyReply>) {
    const { reply } = answered.exchange;
    try {
      const next = await work();
      return typeof next === 'string' ? await reply.header('cache-control', 'no-store').redirect(next, 303) : next;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const { status, problem } = shownError(reply, error);
      return this.#showForm(answered, status, problem);
    }
  }

  /** The page for a user who is not linked, or why a linked one cannot log in. */
  async #showForm({ exchange: { reply }, interaction, logIn }: Answered, status: number, problem?: Problem, typed?: string) {
    const { identity, provider } = logIn;
    const { label } = this.redirects.provider(provider);
    const way = wayBack(provider, interaction.uid);
    if (problem && (await this.answers.accountOf(logIn)) !== undefined)
      return sendPage(reply, status, withWay('You cannot log in', [problem.text], way));
    if (identity.email === null) return sendPage(reply, 422, addressMissing(label, way));
    const { origin } = await this.interactions.application(interaction);
    const form = { label, identity, path: `/oidc/interaction/${interaction.uid}/outside/${logIn.id}`, origin, problem };
    const isTaken = await this.answers.isTaken(identity.email);
    return sendPage(reply, status, isTaken ? ownLogInPage(form) : newAccountPage(form, typed ?? identity.name ?? ''));
  }
}
