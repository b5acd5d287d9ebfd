import { Logger } from '@nestjs/common';
import { DEADLINE_MS, runInCall, TokenRefusal, tokenInvalid, type VerifiedToken } from '@reputable/auth';
import { DomainError, internal } from '@reputable/errors';
import type { FastifyReply, preHandlerHookHandler } from 'fastify';
import { httpStatus, toGraphQL } from '../graphql/graphql-error.ts';
import { opaqueTokenIn } from './opaque-token.ts';
import type { PhantomTokens } from './phantom-tokens.ts';

const log = new Logger('authentication');

/**
 * Authenticates a request once, by its `Authorization: Bearer` (RFC 6750 §2.1), and has all that follows run in its name:
 *
 * - No header: nobody is signed in.
 * - An opaque token that is good: its user, with the JWT it stands for. Nothing else that a client sends says who it is.
 * - Anything else, also more than one header, also a JWT: 401, and nothing is executed. A client with an expired token must learn of it.
 * - One that nobody can tell whether it is good, as auth is away: 503.
 */
export function authenticate(tokens: PhantomTokens): preHandlerHookHandler {
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
    const token = more.length === 0 ? opaqueTokenIn(header) : undefined;
    if (token === undefined) {
      refuse(reply, new TokenRefusal(tokenInvalid(), 'not one opaque bearer token'));
      return;
    }
    const known = tokens.known(token);
    if (known) enter(known);
    else
      tokens
        .verify(token)
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
  } else if (error instanceof DomainError) {
    log.warn({ msg: 'refused', reason: error.reason, ...error.metadata });
    send(reply, error);
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
