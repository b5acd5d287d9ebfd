import { Controller, Get, HttpStatus, Inject, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ErrorAnswer } from '../http/refusal.ts';
import { hasEnded } from './browser-session.errors.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { BrowserUser } from './browser-user.ts';
import { clearCookie, cookieIn, displacedLogIns, logInCookie, SESSION_COOKIE, setCookie } from './cookie.ts';
import { refuseCrossSite } from './cross-site.ts';
import { ErrorPage } from './error-page.ts';
import { LOG_IN_S, LogIn } from './log-in.ts';
import { LogOut } from './log-out.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';
import { loggedIn, loggedOut, tryAgain, withoutCookie } from './page.ts';
import { localPath } from './return-to.ts';
import { LIFETIME_S } from './session-vault.ts';

/** Log-in and log-out with a browser (P17). No response contains a token. */
@Controller('auth')
export class BrowserSessionController {
  constructor(
    readonly logIn: LogIn,
    readonly logOut: LogOut,
    readonly sessions: BrowserSessions,
    readonly users: BrowserUser,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'origin'>,
  ) {}

  /** Redirects the browser to the authorization server, which redirects it to {@link callback}. */
  @Get('login')
  @UseFilters(ErrorPage)
  async begin(
    @Query('returnTo') returnTo: unknown,
    @Query('again') again: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const path = localPath(returnTo, this.options.origin);
    const { url, state, remember } = await this.logIn.begin(path, cookieIn(request, SESSION_COOKIE), again === 'yes');
    const cookies = [...displacedLogIns(request).map(clearCookie), setCookie(logInCookie(state), remember, LOG_IN_S)];
    await reply.header('set-cookie', cookies).redirect(url.href, HttpStatus.SEE_OTHER);
  }

  /**
   * Begins a session and opens the page of `returnTo` by a page, not by a redirect: a browser would treat the redirect as started by another
   * site and not send the SameSite=Strict cookie.
   */
  @Get('callback')
  @UseFilters(ErrorPage)
  async callback(@Query('state') state: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const cookie = logInCookie(typeof state === 'string' ? state : '');
    reply.header('set-cookie', clearCookie(cookie));
    const remembered = cookieIn(request, cookie);
    const ended = remembered === undefined ? undefined : await this.logIn.end(request.url, remembered);
    if (!ended) {
      const page = remembered === undefined ? withoutCookie : tryAgain;
      await sendPage(reply, HttpStatus.BAD_REQUEST, page(this.options.origin));
      return;
    }
    const id = await this.sessions.begin(ended.tokens);
    if (ended.former !== undefined) await this.sessions.forget(ended.former);
    reply.header('set-cookie', setCookie(SESSION_COOKIE, id, LIFETIME_S));
    await sendPage(reply, HttpStatus.OK, loggedIn(ended.returnTo));
  }

  /** Ends the session at auth and here. Succeeds without a session. Names the URL to log out at the outside provider, if there is one. */
  @Post('logout')
  @UseFilters(ErrorAnswer)
  async end(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const provider = await this.logOut.of(request, refuseCrossSite);
    reply.header('set-cookie', clearCookie(SESSION_COOKIE));
    if (!provider) return reply.code(HttpStatus.NO_CONTENT).send();
    const { label, logOutUrl } = provider;
    return reply.code(HttpStatus.OK).header('cache-control', 'no-store').send({ provider: { label, logOutUrl } });
  }

  /** The page that another authorization server leads back to after a log-out there. */
  @Get('logged-out')
  async afterLogOut(@Res() reply: FastifyReply) {
    await sendPage(reply, HttpStatus.OK, loggedOut);
  }

  /** Whether the browser is logged in, and its user. */
  @Get('session')
  @UseFilters(ErrorAnswer)
  async session(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    try {
      const token = await this.users.of(request);
      return token ? { loggedIn: true, userId: token.user.id } : { loggedIn: false };
    } catch (error) {
      if (!hasEnded(error)) throw error;
      reply.header('set-cookie', clearCookie(SESSION_COOKIE));
      return { loggedIn: false };
    }
  }
}
