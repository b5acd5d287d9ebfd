import { Body, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { LocalAccountsGuard } from '../browser-session/local-accounts.guard.ts';
import { addressOf } from '../http/address.ts';
import { checkingPassword } from '../session/current-password.ts';
import { LogInQueue } from '../session/log-in-queue.ts';
import { AccountController } from './account-controller.ts';
import { EMAIL, emailPage, LABELS } from './email-page.ts';
import { EmptyForm, readForm } from './form.ts';
import { shownError } from './form-error.ts';
import { Notices } from './notices.ts';

const Change = z.strictObject({ new_email: z.string(), current_password: z.string() });

/** The page on which the user verifies and changes the e-mail address. The links in the mails lead to pages of auth. */
@AccountController(EMAIL)
@UseGuards(LocalAccountsGuard)
export class EmailController {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly queue: LogInQueue,
    readonly notices: Notices,
  ) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { account } = await this.auth.getAccount({});
    await sendPage(reply, 200, emailPage(account, { notice: await this.notices.take(request, reply) }));
  }

  @Post('verify')
  async verify(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    readForm(EmptyForm, body);
    try {
      await this.auth.requestEmailVerification({ address: addressOf(request) });
      await this.notices.redirect(request, reply, EMAIL, { text: 'The link is on its way. Use it within 15 minutes.' });
    } catch (error) {
      await this.#again(reply, error);
    }
  }

  /** Says the same whether the new address has an account or not. */
  @Post()
  async change(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { new_email: newEmail, current_password: currentPassword } = readForm(Change, body);
    try {
      const change = { newEmail, currentPassword, address: addressOf(request) };
      await checkingPassword(this.queue, () => this.auth.requestEmailChange(change));
      await this.notices.redirect(request, reply, EMAIL, { text: `A mail is on its way to ${newEmail}. Use its link within 15 minutes.` });
    } catch (error) {
      await this.#again(reply, error, newEmail);
    }
  }

  async #again(reply: FastifyReply, error: unknown, typed = '') {
    const { status, problems } = shownError(reply, error, LABELS);
    const { account } = await this.auth.getAccount({});
    await sendPage(reply, status, emailPage(account, { problems, typed }));
  }
}
