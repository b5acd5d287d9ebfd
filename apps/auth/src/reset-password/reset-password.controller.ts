import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { sendPage } from '@reputable/page';
import { valid } from '@reputable/request';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { linkOver, linkSent } from '../one-time-link/link-pages.ts';
import { readAddress } from '../page/address-form.ts';
import { shownError } from '../page/form-error.ts';
import { GONE } from '../page/notice.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter } from '../page/refusal.ts';
import { forgotPasswordPage } from './forgot-password-page.ts';
import { passwordSaved, resetPasswordPage } from './reset-password-page.ts';
import * as requests from './reset-password.requests.ts';
import { ResetPasswordService } from './reset-password.service.ts';

/** The rpc that requests a link to reset a password. */
@Controller()
export class ResetPasswordController {
  constructor(readonly passwords: ResetPasswordService) {}

  @GrpcMethod('AuthService')
  async requestPasswordReset(request: unknown) {
    await this.passwords.request(valid(requests.RequestPasswordReset, request));
    return {};
  }
}

/** The pages on which users request such a link, and on which they use it. Only the form uses the link, because mail scanners open links. */
@Controller()
@UseFilters(PageFilter)
export class ResetPasswordPages {
  constructor(readonly passwords: ResetPasswordService) {}

  @Get('forgot-password')
  forgot(@Res() reply: FastifyReply) {
    return sendPage(reply, 200, forgotPasswordPage({ email: '' }));
  }

  @Post('forgot-password')
  @UseGuards(OwnFormGuard)
  async request(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const { typed, email, problem } = readAddress(body);
    const again = (status: number, text = '') => sendPage(reply, status, forgotPasswordPage({ email: typed, problem: text }));
    if (email === undefined) return again(422, problem?.text);
    try {
      await this.passwords.request({ email, address: request.ip });
      return await sendPage(reply, 200, linkSent(typed));
    } catch (error) {
      const shown = shownError(reply, error);
      return again(shown.status, shown.problem.text);
    }
  }

  @Get('reset-password/:token')
  async show(@Param('token') token: string, @Res() reply: FastifyReply) {
    return (await this.passwords.isValid(token)) ? sendPage(reply, 200, resetPasswordPage(token)) : sendPage(reply, GONE, linkOver);
  }

  @Post('reset-password/:token')
  @UseGuards(OwnFormGuard)
  async reset(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const form = requests.ResetForm.safeParse(body);
    const again = (status: number, problem: string) => sendPage(reply, status, resetPasswordPage(token, problem));
    if (!form.success) return again(422, form.error.issues[0]?.message ?? '');
    try {
      const isDone = await this.passwords.reset(token, form.data.password, request.ip);
      return await (isDone ? sendPage(reply, 200, passwordSaved) : sendPage(reply, GONE, linkOver));
    } catch (error) {
      const shown = shownError(reply, error);
      return again(shown.status, shown.problem.text);
    }
  }
}
