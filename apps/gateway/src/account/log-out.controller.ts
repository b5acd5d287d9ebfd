import { Controller, Post, Req, Res, UseFilters } from '@nestjs/common';
import { type Page, sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clearCookie, SESSION_COOKIE } from '../browser-session/cookie.ts';
import { refuseCrossSiteForm } from '../browser-session/cross-site.ts';
import { LogOut, type LogOutElsewhere } from '../browser-session/log-out.ts';
import { linked, loggedOut } from '../browser-session/page.ts';
import { AccountErrors } from './account-errors.ts';
import { ACCOUNT } from './account-page.ts';

/** The page that takes the browser to the outside provider: a redirect after a form would need the provider's origin in the policy of the form. */
const loggedOutHere = ({ label, logOutUrl }: LogOutElsewhere): Page => ({
  ...linked('You are logged out', `Your session has ended. You are being taken to ${label}, which asks whether to log out there, too.`, {
    href: logOutUrl,
    text: 'Go on',
  }),
  next: logOutUrl,
});

/** The log-out button. */
@Controller(`${ACCOUNT}/log-out`)
@UseFilters(AccountErrors)
export class LogOutController {
  constructor(readonly logOut: LogOut) {}

  /** Succeeds without a session, so a reload changes nothing. */
  @Post()
  async end(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const provider = await this.logOut.of(request, refuseCrossSiteForm);
    reply.header('set-cookie', clearCookie(SESSION_COOKIE));
    await sendPage(reply, 200, provider ? loggedOutHere(provider) : loggedOut);
  }
}
