import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { sendPage } from '@reputable/page';
import { valid } from '@reputable/request';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpExchange } from '../interaction/interactions.ts';
import { LinkOwner } from '../link-owner/link-owner.ts';
import { linkOver } from '../one-time-link/link-pages.ts';
import type { OneTimeLink } from '../one-time-link/one-time-links.ts';
import { shownError } from '../page/form-error.ts';
import { CONFLICT, GONE } from '../page/notice.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter } from '../page/refusal.ts';
import { changeEmailPage, emailChanged, emailTaken } from './change-email-page.ts';
import * as requests from './change-email.requests.ts';
import { ChangeEmailService } from './change-email.service.ts';

/** The rpc that requests a link to change the user's address. */
@Controller()
export class ChangeEmailController {
  constructor(readonly emails: ChangeEmailService) {}

  @GrpcMethod('AuthService')
  async requestEmailChange(@Payload() request: unknown, @CurrentUser() { id }: AuthenticatedUser) {
    await this.emails.request(id, valid(requests.RequestEmailChange, request));
    return {};
  }
}

/** The page on which the account's owner uses such a link. Only the form uses it, because mail scanners open links. */
@Controller('change-email/:token')
@UseFilters(PageFilter)
export class ChangeEmailPages {
  constructor(
    readonly emails: ChangeEmailService,
    readonly owner: LinkOwner,
  ) {}

  @Get()
  async show(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const link = await this.emails.find(token);
    return link ? this.#form({ request, reply }, token, link) : sendPage(reply, GONE, linkOver);
  }

  @Post()
  @UseGuards(OwnFormGuard)
  async change(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const link = await this.emails.find(token);
    if (!link) return sendPage(reply, GONE, linkOver);
    try {
      await this.owner.expect({ request, reply }, link.accountId, body);
    } catch (error) {
      const { status, problem } = shownError(reply, error);
      return this.#form({ request, reply }, token, link, { status, problem: problem.text });
    }
    const change = await this.emails.change(token, request.ip);
    if (change === 'over') return sendPage(reply, GONE, linkOver);
    return change === 'taken' ? sendPage(reply, CONFLICT, emailTaken) : sendPage(reply, 200, emailChanged(change.email));
  }

  async #form(
    exchange: HttpExchange,
    token: string,
    { accountId, email }: OneTimeLink,
    { status = 200, problem = undefined as string | undefined } = {},
  ) {
    const needsPassword = !(await this.owner.isLoggedIn(exchange, accountId));
    return sendPage(exchange.reply, status, changeEmailPage({ token, email, needsPassword, problem }));
  }
}
