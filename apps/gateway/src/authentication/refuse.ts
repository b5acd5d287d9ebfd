import { Logger } from '@nestjs/common';
import { TokenRefusal } from '@reputable/auth';
import { DomainError, internal } from '@reputable/errors';
import type { FastifyReply } from 'fastify';
import { clearCookie, SESSION_COOKIE } from '../browser-session/cookie.ts';
import { hasEnded } from '../browser-session/browser-session.errors.ts';
import { httpStatus, toGraphQL } from '../graphql/graphql-error.ts';

const log = new Logger('authentication');

/** What a client is told of a failure; the rest is for the log. */
export function refusalOf(failure: unknown): DomainError {
  if (failure instanceof TokenRefusal) {
    log.warn({ msg: 'refused', reason: failure.error.reason, fault: failure.fault });
    return failure.error;
  }
  if (failure instanceof DomainError) {
    log.warn({ msg: 'refused', reason: failure.reason, ...failure.metadata });
    return failure;
  }
  log.error({ msg: 'a request could not be authenticated', err: failure });
  return internal();
}

/** Refuses a request as a whole, before anything of it is executed. */
export function refuse(reply: FastifyReply, failure: unknown): void {
  const error = refusalOf(failure);
  const status = httpStatus(error);
  if (hasEnded(error)) reply.header('set-cookie', clearCookie(SESSION_COOKIE));
  else if (status === 401) reply.header('www-authenticate', `Bearer error="invalid_token", error_description="${error.message}"`);
  reply.code(status).send({ errors: [toGraphQL(error)] });
}
