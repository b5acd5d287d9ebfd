import { Body, Get, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { invalid } from '@reputable/errors';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { LocalAccountsGuard } from '../browser-session/local-accounts.guard.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from '../browser-session/options.ts';
import { addressOf } from '../http/address.ts';
import { checkingPassword } from '../session/current-password.ts';
import { LogInQueue } from '../session/log-in-queue.ts';
import { AccountController } from './account-controller.ts';
import { readForm } from './form.ts';
import { shownError } from './form-error.ts';
import { Notices } from './notices.ts';
import { LABELS, PASSWORD, passwordPage } from './password-page.ts';

const Change = z.strictObject({ current_password: z.string(), new_password: z.string(), again: z.string() });

/** The page on which the user changes the password. */
@AccountController(PASSWORD)
@UseGuards(LocalAccountsGuard)
export class PasswordController {
  /** The page of auth that sends a link to choose another password. */
  readonly #forgotten: URL;

  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly queue: LogInQueue,
    readonly notices: Notices,
    @Inject(BROWSER_SESSION_OPTIONS) { issuer }: Pick<BrowserSessionOptions, 'issuer'>,
  ) {
    this.#forgotten = new URL('/forgot-password', issuer);
  }

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await sendPage(reply, 200, passwordPage(this.#forgotten, { notice: await this.notices.take(request, reply) }));
  }

  @Post()
  async change(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const form = readForm(Change, body);
    try {
      const ended = await this.#change(form, addressOf(request));
      await this.notices.redirect(request, reply, PASSWORD, {
        text: `Your password is changed. Other sessions that have ended: ${String(ended)}.`,
      });
    } catch (error) {
      const { status, problems } = shownError(reply, error, LABELS);
      await sendPage(reply, status, passwordPage(this.#forgotten, { problems }));
    }
  }

  async #change({ current_password: currentPassword, new_password: newPassword, again }: z.output<typeof Change>, address: string) {
    if (again !== newPassword) throw invalid([{ field: 'again', description: 'Must be the new password.' }]);
    return (await checkingPassword(this.queue, () => this.auth.changePassword({ currentPassword, newPassword, address }))).ended;
  }
}
