import { Controller, Post, Req, Res, UseFilters } from '@nestjs/common';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clearCookie, SESSION_COOKIE } from '../browser-session/cookie.ts';
import { refuseCrossSiteForm } from '../browser-session/cross-site.ts';
import { LogOut } from '../browser-session/log-out.ts';
import { linked, LOG_IN } from '../browser-session/page.ts';
import { AccountErrors } from './account-errors.ts';
import { ACCOUNT } from './account-page.ts';

/** The log-out button. */
@Controller(`${ACCOUNT}/log-out`)
@UseFilters(AccountErrors)
export class LogOutController {
  constructor(readonly logOut: LogOut) {}

  /** Succeeds without a session, so a reload changes nothing. */
  @Post()
  async end(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.logOut.of(request, refuseCrossSiteForm);
    reply.header('set-cookie', clearCookie(SESSION_COOKIE));
    await sendPage(reply, 200, linked('You are logged out', 'Your session has ended.', { href: LOG_IN, text: 'Log in' }));
  }
}
