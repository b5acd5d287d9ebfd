import { Controller, Get, Param, Post, Res, UseFilters, UseGuards } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { sendPage } from '@reputable/page';
import { valid } from '@reputable/request';
import type { FastifyReply } from 'fastify';
import { linkOver } from '../one-time-link/link-pages.ts';
import { GONE } from '../page/notice.ts';
import { OwnFormGuard } from '../page/own-form.guard.ts';
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

/** The page on which users use such a link. Only the form uses it, because mail scanners open links. */
@Controller('verify-email/:token')
@UseFilters(PageFilter)
export class VerifyEmailPages {
  constructor(readonly emails: VerifyEmailService) {}

  @Get()
  async show(@Param('token') token: string, @Res() reply: FastifyReply) {
    const link = await this.emails.find(token);
    return link ? sendPage(reply, 200, verifyEmailPage(token, link.email)) : sendPage(reply, GONE, linkOver);
  }

  @Post()
  @UseGuards(OwnFormGuard)
  async verify(@Param('token') token: string, @Res() reply: FastifyReply) {
    const email = await this.emails.verify(token);
    return email === undefined ? sendPage(reply, GONE, linkOver) : sendPage(reply, 200, emailVerified(email));
  }
}
