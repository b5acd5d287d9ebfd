import { Inject, Injectable } from '@nestjs/common';
import { TokenRefusal, type VerifiedToken } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';
import type { FastifyRequest } from 'fastify';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import { credentialsAmbiguous } from './browser-session.errors.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { cookieIn, SESSION_COOKIE } from './cookie.ts';
import { refuseCrossSite } from './cross-site.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';

/** Tells who a browser is logged in as. */
@Injectable()
export class BrowserUser {
  constructor(
    readonly sessions: BrowserSessions,
    readonly tokens: PhantomTokens,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'origin'>,
  ) {}

  /**
   * The user of the cookie that comes with a request, with the JWT that its session stands for; undefined if there is no cookie. No promise
   * in the steady state.
   *
   * @throws DomainError CREDENTIALS_AMBIGUOUS if there is an `Authorization` header as well
   * @throws DomainError CROSS_SITE_REQUEST if somebody else could have made the browser send it
   * @throws DomainError BROWSER_SESSION_ENDED, and whatever is wrong with the token, or rejects with it
   */
  of(request: FastifyRequest): VerifiedToken | Promise<VerifiedToken> | undefined {
    const id = cookieIn(request, SESSION_COOKIE);
    if (id === undefined) return undefined;
    if (request.raw.headersDistinct.authorization) throw credentialsAmbiguous();
    refuseCrossSite(request, this.options.origin);
    const token = this.sessions.accessToken(id);
    return (typeof token === 'string' ? this.tokens.known(token) : undefined) ?? this.#verify(id, token);
  }

  async #verify(id: string, given: string | Promise<string>): Promise<VerifiedToken> {
    const token = await given;
    try {
      return await this.#exchange(token);
    } catch (error) {
      if (!isRefused(error)) throw error;
      // What is refused is the token: whether the session is over as well, its refresh token will tell.
      return this.#exchange(await this.sessions.replacement(id, token));
    }
  }

  async #exchange(token: string): Promise<VerifiedToken> {
    return this.tokens.known(token) ?? this.tokens.verify(token);
  }
}

function isRefused(failure: unknown): boolean {
  const error = failure instanceof TokenRefusal ? failure.error : failure;
  return error instanceof DomainError && error.code === Code.UNAUTHENTICATED;
}
