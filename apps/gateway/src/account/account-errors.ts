import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus } from '@nestjs/common';
import { httpStatus } from '@reputable/auth';
import { type Page, sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasEnded } from '../browser-session/browser-session.errors.ts';
import { linked, LOG_IN } from '../browser-session/page.ts';
import { toGraphQL } from '../http/graphql-error.ts';
import { ErrorWithHeaders, refusalOf } from '../http/refusal.ts';
import { ACCOUNT } from './account-page.ts';

/**
 * Answers errors with a page. Without a session, the browser is sent to the log-in, and back to the page. A form is not: its input would be
 * lost without a word, and the policy of its page allows no redirect to another origin.
 */
@Catch()
export class AccountErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const refusal = refusalOf(error);
    if (refusal instanceof ErrorWithHeaders) reply.headers(refusal.headers);
    if (!hasEnded(refusal)) sendPage(reply, httpStatus(refusal), failed(toGraphQL(refusal).message));
    else if (request.method !== 'GET') sendPage(reply, httpStatus(refusal), loggedOut);
    else if (isLinkOfAnotherSite(request)) sendPage(reply, HttpStatus.OK, reopened(request.url));
    else void reply.redirect(logInFor(request.url), HttpStatus.SEE_OTHER);
  }
}

/** Whether a link of another site opens the page, so that the browser sends no `SameSite=Strict` cookie even if it has one. */
const isLinkOfAnotherSite = ({ headers }: FastifyRequest) => headers['sec-fetch-site'] === 'cross-site';

/** A page that opens the page again. The browser treats that as a request of this origin, and sends the cookie. */
const reopened = (path: string): Page => ({
  ...linked('Your account', 'The page opens in a moment.', { href: path, text: 'Go on' }),
  next: path,
});

/** The path of a log-in that leads back to this page. */
const logInFor = (path: string) => `${LOG_IN}?${new URLSearchParams({ returnTo: path }).toString()}`;

const loggedOut = linked('You are not logged in', 'Your session is over, so nothing was changed. Log in, and try again.', {
  href: logInFor(ACCOUNT),
  text: 'Log in',
});

const failed = (message: string) => linked('This did not work', message, { href: ACCOUNT, text: 'Your account' });
