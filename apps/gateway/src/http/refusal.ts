import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { challengeOf, httpStatus, RefusalLog, TokenRefusal } from '@reputable/auth';
import { Code, DomainError, internal } from '@reputable/errors';
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
  const error = failure instanceof TokenRefusal ? failure.error : failure;
  return error instanceof DomainError && (error.code === Code.UNAVAILABLE || error.code === Code.DEADLINE_EXCEEDED);
}

/** Refuses a request as a whole, before execution. A 401 has a challenge (RFC 6750 §3). */
export function refuse(reply: FastifyReply, failure: unknown): void {
  answer(reply, refusalOf(failure));
}

/** Answers with an error, in the shape of GraphQL errors. */
export function answer(reply: FastifyReply, error: DomainError): void {
  reply
    .code(httpStatus(error))
    .headers(error instanceof ErrorWithHeaders ? error.headers : challengeOf(error))
    .send({ errors: [toGraphQL(error)] });
}

/** Answers errors with JSON in the shape of GraphQL errors. */
@Catch()
export class ErrorAnswer implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    refuse(host.switchToHttp().getResponse<FastifyReply>(), error);
  }
}
