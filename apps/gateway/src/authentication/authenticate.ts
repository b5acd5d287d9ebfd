import { Logger } from '@nestjs/common';
import { DEADLINE_MS, runInCall, TokenRefusal, type TokenVerifier, type VerifiedToken } from '@reputable/auth';
import { type DomainError, internal } from '@reputable/errors';
import type { FastifyReply, preHandlerHookHandler } from 'fastify';
import { httpStatus, toGraphQL } from '../graphql/graphql-error.ts';

const log = new Logger('authentication');

/**
 * Authenticates a request once, by its `Authorization: Bearer` (RFC 6750 §2.1), and has all that follows run in its name:
 *
 * - No header: nobody is signed in.
 * - A token that verifies: its user. Nothing else that a client sends says who it is.
 * - Anything else, also more than one header: 401, and nothing is executed. A client with an expired token must learn of it.
 */
export function authenticate(tokens: TokenVerifier): preHandlerHookHandler {
  return (request, reply, done) => {
    const enter = (user: VerifiedToken | undefined) => {
      runInCall({ user, service: undefined, deadline: Date.now() + DEADLINE_MS }, done);
    };
    // In `headers`, Node keeps the first of several.
    const [header, ...more] = request.raw.headersDistinct.authorization ?? [];
    if (header === undefined) {
      enter(undefined);
      return;
    }
    const authorization = more.length === 0 ? header : 'several';
    const known = tokens.known(authorization);
    if (known) enter(known);
    else
      tokens
        .verify(authorization)
        .then(enter)
        .catch((error: unknown) => {
          refuse(reply, error);
        });
  };
}

function refuse(reply: FastifyReply, error: unknown): void {
  if (error instanceof TokenRefusal) {
    log.warn({ msg: 'refused', reason: error.error.reason, fault: error.fault });
    send(reply, error.error);
  } else {
    log.error({ msg: 'a token could not be checked', err: error });
    send(reply, internal());
  }
}

function send(reply: FastifyReply, error: DomainError): void {
  const status = httpStatus(error);
  if (status === 401) reply.header('www-authenticate', `Bearer error="invalid_token", error_description="${error.message}"`);
  reply.code(status).send({ errors: [toGraphQL(error)] });
}
