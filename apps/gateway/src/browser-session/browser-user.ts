import { Inject, Injectable } from '@nestjs/common';
import { TokenRefusal, type VerifiedToken } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';
import type { FastifyRequest } from 'fastify';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import { browserSessionEnded, credentialsAmbiguous } from './browser-session.errors.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { cookieIn, SESSION_COOKIE } from './cookie.ts';
import { type CrossSiteCheck, refuseCrossSite } from './cross-site.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';

/** Finds the user of a browser session. */
@Injectable()
export class BrowserUser {
  constructor(
    readonly sessions: BrowserSessions,
    readonly tokens: PhantomTokens,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'origin'>,
  ) {}

  /**
   * The JWT of the browser session in the request's cookie; undefined without a cookie. Synchronous while the tokens are cached.
   *
   * @param refuse the check for the kind of request: of a script unless given
   * @throws DomainError CREDENTIALS_AMBIGUOUS if the request also has an `Authorization` header
   * @throws DomainError CROSS_SITE_REQUEST if a page of another site could have sent the request
   * @throws DomainError BROWSER_SESSION_ENDED or the error of the token; both can also be rejections
   */
  of(request: FastifyRequest, refuse: CrossSiteCheck = refuseCrossSite): VerifiedToken | Promise<VerifiedToken> | undefined {
    const id = cookieIn(request, SESSION_COOKIE);
    if (id === undefined) return undefined;
    if (request.raw.headersDistinct.authorization) throw credentialsAmbiguous();
    refuse(request, this.options.origin);
    const token = this.sessions.accessToken(id);
    return (typeof token === 'string' ? this.tokens.known(token) : undefined) ?? this.#verify(id, token);
  }

  async #verify(id: string, accessToken: string | Promise<string>): Promise<VerifiedToken> {
    const token = await accessToken;
    try {
      return await this.#exchange(token);
    } catch (error) {
      if (!isRefused(error)) throw error;
      // Only the access token is refused. If the session has ended too, the refresh token is refused as well.
      return this.#exchangeNew(id, await this.sessions.replacement(id, token));
    }
  }

  /** Exchanges a new access token. If auth refuses it too, the session has ended here, though another authorization server continues it. */
  async #exchangeNew(id: string, token: string): Promise<VerifiedToken> {
    try {
      return await this.#exchange(token);
    } catch (error) {
      if (error instanceof TokenRefusal || !isRefused(error)) throw error;
      await this.sessions.forget(id);
      throw browserSessionEnded();
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
