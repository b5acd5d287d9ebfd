import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpExchange } from '../interaction/interactions.ts';
import { LogInLinks } from '../interaction/log-in-links.ts';
import { linkOver, linkSent } from '../one-time-link/link-pages.ts';
import { OutsideLogIns } from '../outside-provider/outside-log-ins.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { type Problem, shownError } from '../page/form-error.ts';
import { GONE } from '../page/notice.ts';
import { PageFilter, Refusal } from '../page/refusal.ts';
import { confirmationSent, unverifiedPage } from './confirm-address-pages.ts';
import { type Answered, OutsideAnswers } from './outside-answers.ts';
import { readDisplayName } from './outside-forms.ts';
import { newAccountPage, ownLogInPage } from './outside-pages.ts';
import { attempt, type Opened, WaitingLogIns } from './waiting-log-ins.ts';

/** A link in a mail to the address that a provider stated. */
interface OpenedLink extends Opened {
  readonly token: string;
}

/** Sends a link to the address that a provider stated. It shows that the user reads its mail, in the browser that asked for it. */
@Controller('oidc/interaction/:uid/outside/:id/mail')
@UseFilters(PageFilter)
export class ConfirmAddressController {
  constructor(
    readonly waiting: WaitingLogIns,
    readonly logIns: OutsideLogIns,
    readonly answers: OutsideAnswers,
    readonly links: LogInLinks,
  ) {}

  /** With an account, the link logs in to it, and its page can also link the provider. Without one, it leads to {@link show}. */
  @Post()
  @UseGuards(OwnFormGuard)
  async request(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const answered = await this.waiting.find({ request, reply }, opened);
    const { email, isEmailVerified } = answered.logIn.identity;
    if (email === null) throw new Refusal(GONE, linkOver);
    try {
      await this.links.requestForOutside(opened.uid, opened.id, { email, address: request.ip });
      return await sendPage(reply, 200, isEmailVerified ? linkSent(email) : confirmationSent(email));
    } catch (error) {
      const { status, problem } = shownError(reply, error);
      const form = await this.waiting.form(answered, '', problem);
      return sendPage(reply, status, isEmailVerified ? ownLogInPage(form) : unverifiedPage(form));
    }
  }

  @Get(':token')
  async show(@Param() opened: OpenedLink, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.#show(await this.#confirmed({ request, reply }, opened), opened, 200);
  }

  @Post(':token/account')
  @UseGuards(OwnFormGuard)
  async create(@Param() opened: OpenedLink, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const answered = await this.#confirmed({ request, reply }, opened);
    const { typed, displayName, problem } = readDisplayName(body);
    if (displayName === undefined) return this.#show(answered, opened, 422, problem, typed);
    const show = (status: number, shown: Problem) => this.#show(answered, opened, status, shown, typed);
    return attempt(reply, () => this.answers.createAccount(answered, displayName), show);
  }

  /** @throws Refusal in another browser, or if the link cannot be used */
  async #confirmed(exchange: HttpExchange, opened: OpenedLink): Promise<Answered> {
    await this.links.interactionOf(exchange, opened.uid);
    if (!(await this.logIns.hasLink(opened.id, opened.token))) throw new Refusal(GONE, linkOver);
    return this.waiting.find(exchange, opened);
  }

  async #show(answered: Answered, { token }: OpenedLink, status: number, problem?: Problem, typed?: string) {
    const form = await this.waiting.form(answered, `/mail/${token}`, problem);
    const page = newAccountPage(form, typed ?? answered.logIn.identity.name ?? '');
    return sendPage(answered.exchange.reply, status, { ...page, hasSecretUrl: true });
  }
}
