import { Inject, Injectable } from '@nestjs/common';
import { attempt, CallRunner, type Outcome, tokenInvalid, TokenRefusal, type VerifiedToken } from '@reputable/auth';
import type { FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify';
import { Proofs } from '../dpop/proofs.ts';
import { isQuery } from '../graphql/is-query.ts';
import { isOutage, refusalOf, refuse } from '../http/refusal.ts';
import { countAuthentication } from './authentication-metrics.ts';
import { AuthenticationSpan } from './authentication-span.ts';
import { BasicStrategy } from './basic.strategy.ts';
import { BearerStrategy } from './bearer.strategy.ts';
import { credentialOf, type KnownCredential } from './credential.ts';
import type { CredentialStrategy } from './credential.strategy.ts';
import { DpopStrategy } from './dpop.strategy.ts';
import { PersonalAccessTokenStrategy } from './personal-access-token.strategy.ts';
import { SessionStrategy } from './session.strategy.ts';

/** Receives the outcome of an authentication. */
type Authentication = Omit<Outcome<VerifiedToken | undefined>, 'fail'>;

/** The injection token of the setting `ISSUER_TOKENS`. */
export const ISSUER_TOKENS = Symbol('ISSUER_TOKENS');

/**
 * Authenticates a request once, before any of it is executed. GraphQL is not a Nest route, so this guard is a Fastify hook for it:
 *
 * - Neither a cookie nor an `Authorization` header: anonymous. Both: 400.
 * - A cookie: the user of the browser session. A request from a page of another origin: 403. A session that has ended: 401.
 * - A valid opaque token or personal access token: its user, with the JWT from the token exchange. The client's other input does not identify
 *   the user.
 * - With `ISSUER_TOKENS`, a valid token of an issuer in auth's settings (P24): the same. Our own JWTs, for services, are refused.
 * - A valid opaque token that is bound to a key: the same, with a proof of that key.
 * - The id and the secret of an API client: the client itself, as a user.
 * - Any other `Authorization`, several of them, or any other JWT: 401.
 * - Auth is unavailable, so the gateway cannot check the token: a query is executed anonymously, and anything else gets 503.
 *
 * The form of a credential decides which strategy checks it, and no other one does.
 */
@Injectable()
export class AuthenticationGuard {
  readonly #strategies: Readonly<Record<KnownCredential['kind'], CredentialStrategy>>;

  constructor(
    readonly proofs: Proofs,
    readonly calls: CallRunner,
    @Inject(ISSUER_TOKENS) readonly issuerTokens: boolean,
    session: SessionStrategy,
    bearer: BearerStrategy,
    dpop: DpopStrategy,
    personalAccessToken: PersonalAccessTokenStrategy,
    basic: BasicStrategy,
  ) {
    this.#strategies = { session, bearer, dpop, 'personal-access-token': personalAccessToken, basic };
  }

  /** Runs the request as its user or anonymously, or refuses it. */
  readonly preHandler: preHandlerHookHandler = (request, reply, done) => {
    this.authenticate(request, reply, {
      success: (token) => {
        this.calls.runAs(token, done);
      },
      error: (failure) => {
        if (isOutage(failure) && isQuery(request)) this.calls.runUnidentified(refusalOf(failure), done);
        else refuse(reply, failure);
      },
    });
  };

  /** Authenticates a request. Reports undefined if it is anonymous. Synchronous while the token is cached. */
  authenticate(request: FastifyRequest, reply: FastifyReply, outcome: Authentication): void {
    // The nonce for the next proof (RFC 9449 §8.2).
    if (request.headers['dpop'] !== undefined) void reply.header('dpop-nonce', this.proofs.nonces.current());
    const credential = credentialOf(request, this.issuerTokens);
    const kind = credential?.kind ?? 'none';
    const span = AuthenticationSpan.start(kind);
    const success = (token: VerifiedToken | undefined) => {
      countAuthentication(kind);
      if (span) span.succeeded(token, () => outcome.success(token));
      else outcome.success(token);
    };
    const error = (failure: unknown) => {
      countAuthentication(kind, failure);
      span?.refused(failure);
      if (span) span.rest(() => outcome.error(failure));
      else outcome.error(failure);
    };
    const fail = () => {
      error(new TokenRefusal(tokenInvalid(), 'no credential'));
    };
    if (!credential) success(undefined);
    else if (credential.kind === 'unknown') error(new TokenRefusal(tokenInvalid(), credential.fault));
    else {
      const strategy = this.#strategies[credential.kind];
      const begin = () => attempt<VerifiedToken>(strategy, credential, { success, fail, error });
      if (span) span.run(begin);
      else begin();
    }
  }
}
