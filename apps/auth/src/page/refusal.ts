import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { notice, type Page, sendPage } from '@reputable/page';
import { broken } from './notice.ts';

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
