import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { challengeOf, httpStatus, RefusalLog, TokenRefusal } from '@reputable/auth';
import { DomainError, internal, isUnavailable } from '@reputable/errors';
import type { FastifyReply } from 'fastify';
import { toGraphQL } from './graphql-error.ts';

const log = new Logger('authentication');

/** Anybody can cause refusals in any number, so the log has the first of a kind. */
const refused = new RefusalLog({ subject: 'request', logger: 'authentication' });

/** An error with response headers that replace the challenge of a 401. */
export class ErrorWithHeaders extends DomainError {
  constructor(
    { code, reason, message, metadata, domain }: DomainError,
    readonly headers: Readonly<Record<string, string>>,
  ) {
    super(code, reason, message, metadata, domain);
  }
}

/** The client's error for a failure. Logs the details. */
export function refusalOf(failure: unknown): DomainError {
  if (failure instanceof TokenRefusal) {
    const { error, fault, user } = failure;
    refused.note({ reason: error.reason, fault, user });
    return error;
  }
  if (failure instanceof DomainError) {
    refused.note({ ...failure.metadata, reason: failure.reason });
    return failure;
  }
  log.error({ msg: 'request failed', err: failure });
  return internal();
}

/** Whether a credential cannot be checked now, because auth or a service that auth needs does not answer. Reads are then served without a user. */
export function isOutage(failure: unknown): boolean {
  return isUnavailable(failure instanceof TokenRefusal ? failure.error : failure);
}

/** Refuses a request as a whole, before execution. A 401 has a challenge (RFC 6750 §3). */
export function refuse(reply: FastifyReply, failure: unknown): void {
  answer(reply, refusalOf(failure));
}

/** Answers with an error, in the shape of GraphQL errors. */
export function answer(reply: FastifyReply, error: DomainError): void {
  reply
    .code(httpStatus(error))
    .headers(headersOf(error))
    .send({ errors: [toGraphQL(error)] });
}

/** The headers of a refusal: its own or the challenge, and when to try again, if the error says so (RFC 9110 §10.2.3). */
export function headersOf(error: DomainError): Record<string, string> {
  const { retryAfter } = error.metadata;
  const headers = error instanceof ErrorWithHeaders ? error.headers : challengeOf(error);
  return { ...headers, ...(retryAfter !== undefined && { 'retry-after': retryAfter }) };
}

/** Answers errors with JSON in the shape of GraphQL errors. */
@Catch()
export class ErrorAnswer implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    refuse(host.switchToHttp().getResponse<FastifyReply>(), error);
  }
}
