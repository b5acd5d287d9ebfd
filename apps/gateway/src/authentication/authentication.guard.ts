import { Injectable } from '@nestjs/common';
import type { VerifiedToken } from '@reputable/auth';
import type { preHandlerHookHandler } from 'fastify';
import passport from 'passport';
import { refuse } from '../http/refusal.ts';
import { runAs } from '../http/run-as.ts';
import { BearerStrategy } from './bearer.strategy.ts';
import { SessionStrategy } from './session.strategy.ts';

/** The order in which the strategies are tried. */
const STRATEGIES = ['session', 'bearer'];

/**
 * Authenticates a request once, before any of it is executed. A GraphQL request is no route of Nest, so this guard is a hook of Fastify:
 *
 * - Neither a cookie nor an `Authorization` header: nobody is signed in. Both: 400.
 * - A cookie: the user of the browser session, if the request comes from a page of this origin; else 403. The session has ended: 401.
 * - An opaque token that is valid: its user, with the JWT it stands for. Nothing else that a client sends identifies the user.
 * - Any other `Authorization`, several of them, or a JWT: 401. A client with an expired token must learn of it.
 * - Auth is unavailable, so that nobody knows whether the token is valid: 503.
 */
@Injectable()
export class AuthenticationGuard {
  /** An instance of its own: strategies of another app in this process have the same names. */
  readonly #passport = new passport.Passport();

  constructor(session: SessionStrategy, bearer: BearerStrategy) {
    this.#passport.use('session', session).use('bearer', bearer);
  }

  /** Lets a request in as its user, or as nobody, or refuses it. */
  readonly preHandler: preHandlerHookHandler = (request, reply, done) => {
    const decide = (failure: unknown, token?: VerifiedToken | false) => {
      if (failure) refuse(reply, failure);
      else runAs(token || undefined, done);
    };
    (this.#passport.authenticate(STRATEGIES, decide) as preHandlerHookHandler).call(request.server, request, reply, done);
  };
}
