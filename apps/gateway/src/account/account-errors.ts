import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus } from '@nestjs/common';
import { Code } from '@reputable/errors';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasEnded } from '../browser-session/browser-session.errors.ts';
import { linked, LOG_IN } from '../browser-session/page.ts';
import { httpStatus } from '../http/graphql-error.ts';
import { ErrorWithHeaders, refusalOf } from '../http/refusal.ts';
import { ACCOUNT } from './account-page.ts';

/**
 * Answers errors with a page. Without a session, the browser is sent to the log-in, and back to the page. A form is not: its input would be
 * lost without a word, and the policy of its page allows no redirect to another origin.
 */
@Catch()
export class AccountErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const { method, url } = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const refusal = refusalOf(error);
    if (refusal instanceof ErrorWithHeaders) reply.headers(refusal.headers);
    if (hasEnded(refusal) && method === 'GET') void reply.redirect(logInFor(url), HttpStatus.SEE_OTHER);
    else sendPage(reply, httpStatus(refusal), refusal.code === Code.UNAUTHENTICATED ? loggedOut : failed(refusal.message));
  }
}

/** The path of a log-in that leads back to this page. */
const logInFor = (path: string) => `${LOG_IN}?${new URLSearchParams({ returnTo: path }).toString()}`;

const loggedOut = linked('You are not logged in', 'Your session is over, so nothing was changed. Log in, and try again.', {
  href: logInFor(ACCOUNT),
  text: 'Log in',
});

const failed = (message: string) => linked('This did not work', message, { href: ACCOUNT, text: 'Your account' });
