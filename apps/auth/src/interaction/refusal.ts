import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { notice, type Page, sendPage } from '@reputable/page';
import { broken, GONE, over } from '../page/notice.ts';

/** The server refuses a browser's request and answers with a page that says what to do instead. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly status: number,
    readonly page: Page,
  ) {
    super(page.title);
  }
}

/** Answers a {@link Refusal} with its page. Logs any other error and answers with a generic page. */
@Catch()
export class PageFilter implements ExceptionFilter {
  readonly #log = new Logger('page');

  catch(error: unknown, host: ArgumentsHost): void {
    if (!(error instanceof Refusal)) this.#log.error({ msg: 'page request failed', err: error });
    const { status, page } = error instanceof Refusal ? error : { status: 500, page: broken };
    void sendPage(host.switchToHttp().getResponse<FastifyReply>(), status, page);
  }
}

/** The browser sent no interaction cookie: it blocks cookies, or the cookie expired. */
export const cookieMissing = () =>
  new Refusal(
    400,
    notice(
      'Your browser sent no cookie',
      'To log you in safely, this page needs a cookie, and it came without one. Either your browser blocks cookies from this site, or the page was open for more than ten minutes.',
      'Allow cookies for this site, go back to the application, and log in again from there.',
    ),
  );

/** A link to log in was opened in a browser that did not ask for it. */
export const anotherBrowser = () =>
  new Refusal(400, {
    ...notice(
      'Open this link in the browser where you asked for it',
      'The link logs in the browser that asked for it, and no other. It is still valid.',
      'Copy the link from the mail into that browser, within ten minutes of the log-in page. Or log in from the application again, in this one.',
    ),
    hasSecretUrl: true,
  });

/** The interaction was answered, has expired, or never existed. */
export const interactionOver = () => new Refusal(GONE, over);

/** The form came from another site. */
export const sentFromElsewhere = () =>
  new Refusal(
    403,
    notice(
      'This did not come from our page',
      'Another site has tried to send this form in your name, so nothing was done.',
      'To log in, go back to the application you want to use, and start from there.',
    ),
  );
