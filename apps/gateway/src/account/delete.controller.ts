import { Body, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { clearCookie, SESSION_COOKIE } from '../browser-session/cookie.ts';
import { refuseCrossSiteForm } from '../browser-session/cross-site.ts';
import { LocalAccountsGuard } from '../browser-session/local-accounts.guard.ts';
import { LogOut } from '../browser-session/log-out.ts';
import { addressOf } from '../http/address.ts';
import { checkingPassword } from '../session/current-password.ts';
import { LogInQueue } from '../session/log-in-queue.ts';
import { AccountController } from './account-controller.ts';
import { DELETE, deletedPage, deletePage, LABELS } from './delete-page.ts';
import { readForm } from './form.ts';
import { shownError } from './form-error.ts';

const Form = z.strictObject({ current_password: z.string() });

/** The page on which the user deletes the account. */
@AccountController(DELETE)
@UseGuards(LocalAccountsGuard)
export class DeleteController {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly queue: LogInQueue,
    readonly logOut: LogOut,
  ) {}

  @Get()
  async show(@Res() reply: FastifyReply) {
    await sendPage(reply, 200, deletePage());
  }

  @Post()
  async delete(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { current_password: currentPassword } = readForm(Form, body);
    try {
      await checkingPassword(this.queue, () => this.auth.deleteAccount({ currentPassword, address: addressOf(request) }));
    } catch (error) {
      const { status, problems } = shownError(reply, error, LABELS);
      return sendPage(reply, status, deletePage(problems));
    }
    // The session at auth is over. This deletes the browser's.
    await this.logOut.of(request, refuseCrossSiteForm);
    reply.header('set-cookie', clearCookie(SESSION_COOKIE));
    await sendPage(reply, 200, deletedPage);
  }
}
