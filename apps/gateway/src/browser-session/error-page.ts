import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { httpStatus } from '../http/graphql-error.ts';
import { refusalOf } from '../http/refusal.ts';
import { failed, PAGE_HEADERS, toHtml } from './page.ts';

/** Answers a person: what went wrong, and what to do. */
@Catch()
export class ErrorPage implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const refusal = refusalOf(error);
    host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .code(httpStatus(refusal))
      .headers(PAGE_HEADERS)
      .send(toHtml(failed(refusal.message)));
  }
}
