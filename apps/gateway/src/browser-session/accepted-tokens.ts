import { Inject, Injectable } from '@nestjs/common';
import { refusalOf } from '../http/refusal.ts';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import { accessTokenNotAccepted, ErrorWithLink, issuerSessionEnded } from './browser-session.errors.ts';
import { OidcClient, type Tokens } from './oidc-client.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';

/** Checks that auth accepts the access token of a log-in at another server. Otherwise each request of the session would fail. */
@Injectable()
export class AcceptedTokens {
  constructor(
    readonly tokens: PhantomTokens,
    readonly server: OidcClient,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'issuer' | 'isForeign' | 'clientId'>,
  ) {}

  /**
   * Does nothing if the tokens are those of our own server.
   *
   * @throws DomainError ACCESS_TOKEN_NOT_ACCEPTED, ISSUER_SESSION_ENDED, USER_SUSPENDED, or that of an unavailable service
   */
  async check({ accessToken }: Tokens): Promise<void> {
    const { issuer, isForeign, clientId } = this.options;
    if (!isForeign) return;
    const { user } = await this.tokens.verify(accessToken).catch((error: unknown) => this.#refuse(error));
    // Auth puts the id of the issuer before it.
    if (user.clientId?.endsWith(`:${clientId}`) !== true) throw accessTokenNotAccepted(issuer);
  }

  async #refuse(failure: unknown): Promise<never> {
    const { issuer } = this.options;
    const refusal = refusalOf(failure);
    if (refusal.reason === 'TOKEN_INVALID') throw accessTokenNotAccepted(issuer);
    if (refusal.reason !== 'TOKEN_REVOKED') throw refusal;
    const url = await this.server.logOutUrl();
    throw new ErrorWithLink(issuerSessionEnded(issuer), url && { href: url.href, text: 'Log out there' });
  }
}
