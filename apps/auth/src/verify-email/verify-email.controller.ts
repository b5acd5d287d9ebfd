import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { sendPage } from '@reputable/page';
import { valid } from '@reputable/request';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type OpenedLink, OwnerPages } from '../link-owner/owner-pages.ts';
import { linkOver } from '../one-time-link/link-pages.ts';
import { GONE } from '../page/notice.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter } from '../page/refusal.ts';
import { emailVerified, verifyEmailPage } from './verify-email-page.ts';
import * as requests from './verify-email.requests.ts';
import { VerifyEmailService } from './verify-email.service.ts';

/** The rpc that requests a link to verify the user's address. */
@Controller()
export class VerifyEmailController {
  constructor(readonly emails: VerifyEmailService) {}

  @GrpcMethod('AuthService')
  async requestEmailVerification(@Payload() request: unknown, @CurrentUser() { id }: AuthenticatedUser) {
    await this.emails.request(id, valid(requests.RequestEmailVerification, request).address);
    return {};
  }
}

/** The page on which the account's owner uses such a link. Only the form uses it, because mail scanners open links. */
@Controller('verify-email/:token')
@UseFilters(PageFilter)
export class VerifyEmailPages {
  constructor(
    readonly emails: VerifyEmailService,
    readonly pages: OwnerPages,
  ) {}

  @Get()
  async show(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.pages.show({ request, reply }, await this.#opened(token));
  }

  @Post()
  @UseGuards(OwnFormGuard)
  async verify(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    if (!(await this.pages.isFromOwner({ request, reply }, await this.#opened(token), body))) return;
    const email = await this.emails.verify(token);
    return email === undefined ? sendPage(reply, GONE, linkOver) : sendPage(reply, 200, emailVerified(email));
  }

  async #opened(token: string): Promise<OpenedLink> {
    return { token, link: await this.emails.find(token), page: verifyEmailPage };
  }
}
