import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { httpStatus, problemOf } from '@reputable/auth';
import { Code, DomainError, invalid } from '@reputable/errors';
import type { FastifyReply } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { requestInvalid } from '../graphql/request.errors.ts';
import { withNames } from '../http/field-names.ts';
import { headersOf, refusalOf } from '../http/refusal.ts';

/** The names of the contract's fields in the query and the headers of a request. */
const NAMES = { page_size: 'limit', page_token: 'cursor', author_id: 'author', idempotency_key: 'Idempotency-Key' };

/** Answers errors of the HTTP API with problem details (RFC 9457). */
@Catch()
export class ApiErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    answerProblem(host.switchToHttp().getResponse<FastifyReply>(), error);
  }
}

/** Answers with problem details. */
export function answerProblem(reply: FastifyReply, error: unknown): void {
  const refused = refusedOf(error);
  const known = inOurNames(refused ? requestInvalid((error as Error).message) : domainErrorOf(error));
  const status = refused ?? statusOf(known);
  void reply
    .code(status)
    .headers(headersOf(known))
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: 'about:blank', ...problemOf(known), title: STATUS_CODES[status] ?? 'Error', status }));
}

/** The guard has logged its refusals. Those of services are in their logs. */
const domainErrorOf = (error: unknown) => (error instanceof DomainError ? error : refusalOf(error));

/** The status with which Fastify or Nest refuses a request: a malformed body, an unknown path. */
function refusedOf(error: unknown): number | undefined {
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** More precise than {@link httpStatus}, which knows nothing of HTTP's conditions. */
function statusOf(error: DomainError): number {
  if (error.reason === 'POST_CHANGED') return 412;
  if (error.reason === 'IDEMPOTENCY_KEY_REUSED') return 422;
  if (error.code === Code.INVALID_ARGUMENT && error.violations.length > 0) return 422;
  return httpStatus(error, { [Code.FAILED_PRECONDITION]: 409 });
}

const inOurNames = (error: DomainError) => (error.violations.length === 0 ? error : invalid(withNames(error.violations, NAMES)));
