import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { DomainError } from '@reputable/errors';
import type { FastifyReply } from 'fastify';
import { refuse, refusalOf } from '../authentication/refuse.ts';
import { httpStatus } from '../graphql/graphql-error.ts';
import { PAGE_HEADERS, toHtml, failed } from './page.ts';

/** Answers a program: what went wrong, in the shape that GraphQL has it. */
@Catch()
export class ErrorAnswer implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    refuse(host.switchToHttp().getResponse<FastifyReply>(), error);
  }
}

/** Answers a person: what went wrong, and what to do. */
@Catch()
export class ErrorPage implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const refusal: DomainError = refusalOf(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    reply
      .code(httpStatus(refusal))
      .headers(PAGE_HEADERS)
      .send(toHtml(failed(refusal.message)));
  }
}
