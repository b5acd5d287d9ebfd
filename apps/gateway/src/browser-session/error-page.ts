import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { httpStatus } from '@reputable/auth';
import { sendPage } from '@reputable/page';
import type { FastifyReply } from 'fastify';
import { refusalOf } from '../http/refusal.ts';
import { ErrorWithLink } from './browser-session.errors.ts';
import { failed } from './page.ts';

/** Answers errors with a page for people. */
@Catch()
export class ErrorPage implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const refusal = refusalOf(error);
    const link = refusal instanceof ErrorWithLink ? refusal.link : undefined;
    sendPage(host.switchToHttp().getResponse<FastifyReply>(), httpStatus(refusal), failed(refusal.message, link));
  }
}
