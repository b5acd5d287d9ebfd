import { Inject, Injectable } from '@nestjs/common';
import { tokenExpired, tokenInvalid } from '@reputable/auth';
import { API } from '../client/api-resource.ts';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import { SessionService } from '../session/session.service.ts';
import { AccessTokens, type SignedToken } from './access-tokens.ts';

/** The result of a token exchange. */
export interface ExchangedToken extends SignedToken {
  readonly scope: string;
  /** When the opaque token expires. */
  readonly subjectExpiresAt: Date;
}

/** Token exchange (RFC 8693): an opaque access token for the API becomes a JWT that services verify themselves. */
@Injectable()
export class TokenExchangeService {
  constructor(
    readonly server: AuthorizationServer,
    readonly sessions: SessionService,
    readonly tokens: AccessTokens,
    @Inject(API) readonly api: string,
  ) {}

  /**
   * @param actor the service that requests the exchange
   * @throws DomainError TOKEN_INVALID if the token is unknown, revoked or not for the API; TOKEN_EXPIRED; USER_SUSPENDED
   */
  async exchange(subjectToken: string, audience: readonly string[], actor: string): Promise<ExchangedToken> {
    const found = await this.server.provider.AccessToken.find(subjectToken, { ignoreExpiration: true });
    if (!found || found.aud !== this.api || found.scopes.size === 0) throw tokenInvalid();
    if (found.isExpired) throw tokenExpired();
    const { accountId: userId, grantId: sessionId, clientId = '', scope = '', exp: notAfter = 0 } = found;
    if (!(await this.sessions.touch(sessionId))) throw tokenInvalid();
    const signed = await this.tokens.mint({ userId, sessionId, clientId, scope, audience, actor, notAfter });
    if (signed.expiresIn <= 0) throw tokenExpired();
    return { ...signed, scope, subjectExpiresAt: new Date(notAfter * 1000) };
  }
}
