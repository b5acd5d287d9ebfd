import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { sendPage } from '@reputable/page';
import { valid } from '@reputable/request';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type OpenedLink, OwnerPages } from '../link-owner/owner-pages.ts';
import { linkOver } from '../one-time-link/link-pages.ts';
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
    readonly pages: OwnerPages,
  ) {}

  @Get()
  async show(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.pages.show({ request, reply }, await this.#opened(token));
  }

  @Post()
  @UseGuards(OwnFormGuard)
  async change(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    if (!(await this.pages.isFromOwner({ request, reply }, await this.#opened(token), body))) return;
    const change = await this.emails.change(token, request.ip);
    if (change === 'over') return sendPage(reply, GONE, linkOver);
    return change === 'taken' ? sendPage(reply, CONFLICT, emailTaken) : sendPage(reply, 200, emailChanged(change.email));
  }

  async #opened(token: string): Promise<OpenedLink> {
    return { token, link: await this.emails.find(token), page: changeEmailPage };
  }
}
