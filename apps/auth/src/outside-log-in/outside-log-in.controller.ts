import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Interactions } from '../interaction/interactions.ts';
import type { Problem } from '../page/form-error.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter } from '../page/refusal.ts';
import { wayBack } from './callback.controller.ts';
import { unverifiedPage } from './confirm-address-pages.ts';
import { isFreshNeeded } from './fresh.ts';
import { type Answered, OutsideAnswers } from './outside-answers.ts';
import { readDisplayName, readPassword } from './outside-forms.ts';
import { addressMissing, newAccountPage, ownLogInPage, withWay } from './outside-pages.ts';
import { OutsideRedirects } from './outside-redirects.ts';
import { attempt, type Opened, WaitingLogIns } from './waiting-log-ins.ts';

const UNCONFIRMED: Problem = { text: 'First show that the address is yours.', fields: [] };

/** Log-in with outside providers: from the log-in page to the provider, and the pages after the provider's answer. */
@Controller('oidc/interaction/:uid')
@UseFilters(PageFilter)
export class OutsideLogInController {
  constructor(
    readonly interactions: Interactions,
    readonly redirects: OutsideRedirects,
    readonly waiting: WaitingLogIns,
    readonly answers: OutsideAnswers,
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
    const answered = await this.waiting.find({ request, reply }, opened);
    const accountId = await this.answers.accountOf(answered.logIn);
    if (accountId === undefined) return this.#showForm(answered, 200);
    return this.#attempt(answered, () => this.answers.logIn(answered, accountId));
  }

  @Post('outside/:id/account')
  @UseGuards(OwnFormGuard)
  async create(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const answered = await this.waiting.find({ request, reply }, opened);
    if (!answered.logIn.identity.isEmailVerified) return this.#showForm(answered, 422, UNCONFIRMED);
    const { typed, displayName, problem } = readDisplayName(body);
    if (displayName === undefined) return this.#showForm(answered, 422, problem, typed);
    return this.#attempt(answered, () => this.answers.createAccount(answered, displayName));
  }

  @Post('outside/:id/log-in')
  @UseGuards(OwnFormGuard)
  async link(@Param() opened: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const answered = await this.waiting.find({ request, reply }, opened);
    const { password, problem } = readPassword(body);
    if (password === undefined) return this.#showForm(answered, 422, problem);
    return this.#attempt(answered, () => this.answers.linkByPassword(answered, password));
  }

  #attempt(answered: Answered, work: () => Promise<string>) {
    return attempt(answered.exchange.reply, work, (status, problem) => this.#showForm(answered, status, problem));
  }

  /** The page for a user who is not linked, or why a linked one cannot log in. */
  async #showForm(answered: Answered, status: number, problem?: Problem, typed?: string) {
    const { exchange, interaction, logIn } = answered;
    const { identity, provider } = logIn;
    const { reply } = exchange;
    const way = wayBack(provider, interaction.uid);
    if (problem && (await this.answers.accountOf(logIn)) !== undefined)
      return sendPage(reply, status, withWay('You cannot log in', [problem.text], way));
    if (identity.email === null) return sendPage(reply, 422, addressMissing(this.redirects.provider(provider).label, way));
    const form = await this.waiting.form(answered, '', problem);
    // The address is not looked up: the page is the same whether it has an account or not.
    if (!identity.isEmailVerified) return sendPage(reply, status, unverifiedPage(form));
    const isTaken = await this.answers.isTaken(identity.email);
    return sendPage(reply, status, isTaken ? ownLogInPage(form) : newAccountPage(form, typed ?? identity.name ?? ''));
  }
}
