import { Injectable } from '@nestjs/common';
import type { VerifiedToken } from '@reputable/auth';
import type { preHandlerHookHandler } from 'fastify';
import passport from 'passport';
import { refuse } from '../http/refusal.ts';
import { runAs } from '../http/run-as.ts';
import { BearerStrategy } from './bearer.strategy.ts';
import { SessionStrategy } from './session.strategy.ts';

/** The strategies in order. */
const STRATEGIES = ['session', 'bearer'];

/**
 * Authenticates a request once, before any of it is executed. GraphQL is not a Nest route, so this guard is a Fastify hook:
 *
 * - Neither a cookie nor an `Authorization` header: anonymous. Both: 400.
 * - A cookie: the user of the browser session. A request from a page of another origin: 403. A session that has ended: 401.
 * - A valid opaque token: its user, with the JWT from the token exchange. The client's other input does not identify the user.
 * - Any other `Authorization`, several of them, or a JWT: 401.
 * - Auth is unavailable, so the gateway cannot check the token: 503.
 */
@Injectable()
export class AuthenticationGuard {
  /** A separate instance, because other apps in this process can register strategies of the same names. */
  readonly #passport = new passport.Passport();

  constructor(session: SessionStrategy, bearer: BearerStrategy) {
    this.#passport.use('session', session).use('bearer', bearer);
  }

  /** Runs the request as its user or anonymously, or refuses it. */
  readonly preHandler: preHandlerHookHandler = (request, reply, done) => {
    const decide = (failure: unknown, token?: VerifiedToken | false) => {
      if (failure) refuse(reply, failure);
      else runAs(token || undefined, done);
    };
    (this.#passport.authenticate(STRATEGIES, decide) as preHandlerHookHandler).call(request.server, request, reply, done);
  };
}
