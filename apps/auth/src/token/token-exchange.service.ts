import { Inject, Injectable } from '@nestjs/common';
import { tokenExpired, tokenInvalid, tokenRevoked } from '@reputable/auth';
import { PERSONAL_ACCESS_TOKEN_PREFIX, SCOPES } from '@reputable/contracts';
import { fail } from '@reputable/errors';
import type { z } from 'zod';
import { API } from '../client/api-resource.ts';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import { SessionService } from '../session/session.service.ts';
import { PersonalAccessTokens } from '../personal-access-token/personal-access-tokens.ts';
import { IssuerSessions } from '../token-issuer/issuer-sessions.ts';
import { isOurs } from '../token-issuer/own-token.ts';
import { TokenIssuers } from '../token-issuer/token-issuers.ts';
import { logInBehind, logInOf } from '../provider/log-in-claims.ts';
import { AccessTokens, type SignedToken, type TokenGrant } from './access-tokens.ts';
import type { ExchangeToken } from './token.requests.ts';

/** The longest lifetime of a JWT for a token of another issuer, in seconds: so long does a revocation that only the issuer knows have no effect. */
const ISSUER_TOKEN_LIFETIME_S = 60;

/** The result of a token exchange. */
export interface ExchangedToken extends SignedToken {
  readonly scope: string;
  /** When the opaque token expires. */
  readonly subjectExpiresAt: Date;
}

/** The key of an opaque token. */
interface Bound {
  /** The thumbprint of the key that the opaque token is bound to (RFC 9449 §6); empty if it is not bound. */
  readonly proofKey: string;
}

/** The grant of an opaque token. */
type SubjectGrant = Omit<TokenGrant, 'at' | 'audience' | 'actor'> & Bound;

/** Token exchange (RFC 8693): an opaque access token for the API, or a personal access token, becomes a JWT that services verify themselves. */
@Injectable()
export class TokenExchangeService {
  constructor(
    readonly server: AuthorizationServer,
    readonly sessions: SessionService,
    readonly tokens: AccessTokens,
    readonly personal: PersonalAccessTokens,
    readonly issuers: TokenIssuers,
    readonly issuerSessions: IssuerSessions,
    @Inject(API) readonly api: string,
  ) {}

  /**
   * @param actor the service that requests the exchange
   * @throws DomainError TOKEN_INVALID if the token is unknown or not for the API; TOKEN_EXPIRED; TOKEN_REVOKED; USER_SUSPENDED;
   * TOO_MANY_ATTEMPTS; the errors of {@link TokenIssuers.verify}
   */
  exchange(request: z.output<typeof ExchangeToken>, actor: string): Promise<ExchangedToken & Bound> {
    return this.issuers.limit(request.subjectToken, request.address, () => this.#exchange(request, actor));
  }

  async #exchange({ subjectToken, audience }: z.output<typeof ExchangeToken>, actor: string): Promise<ExchangedToken & Bound> {
    const at = await this.tokens.issuePoint();
    const grant = await this.#grantOf(subjectToken);
    if (!(await this.sessions.touch(grant.sessionId))) throw tokenInvalid();
    const signed = await this.tokens.mint({ ...grant, at, audience, actor });
    if (signed.expiresIn <= 0) throw tokenExpired();
    return { ...signed, scope: grant.scope, proofKey: grant.proofKey, subjectExpiresAt: new Date(grant.notAfter * 1000) };
  }

  /** The form of a token decides whose it is. */
  #grantOf(subjectToken: string): Promise<SubjectGrant> {
    if (subjectToken.startsWith(PERSONAL_ACCESS_TOKEN_PREFIX)) return this.#ofPersonal(subjectToken);
    return isOurs(subjectToken) ? this.#of(subjectToken) : this.#ofIssuer(subjectToken);
  }

  /** A token of another issuer. */
  async #ofIssuer(token: string): Promise<SubjectGrant> {
    const issued = await this.issuers.verify(token);
    const { clientId, scopes, trusted, roles, expiresAt: notAfter, user } = issued;
    const { id: sessionId, accountId: userId } = await this.issuerSessions.of(issued);
    const logIn = logInBehind(user);
    const scope = scopes.join(' ');
    return { userId, sessionId, clientId, scope, notAfter, lifetimeS: ISSUER_TOKEN_LIFETIME_S, proofKey: '', trusted, roles, logIn };
  }

  async #of(subjectToken: string): Promise<SubjectGrant> {
    const found = await this.server.provider.AccessToken.find(subjectToken, { ignoreExpiration: true });
    if (!found || found.aud !== this.api || !SCOPES.some((scope) => found.scopes.has(scope))) throw tokenInvalid();
    if (found.isExpired) throw tokenExpired();
    const { accountId: userId, grantId: sessionId, clientId = '', scope = '', exp: notAfter = 0, jkt: proofKey = '' } = found;
    return { userId, sessionId, clientId, scope, notAfter, proofKey, logIn: logInOf(found) };
  }

  async #ofPersonal(subjectToken: string): Promise<SubjectGrant> {
    const { scope, session } = (await this.personal.find(subjectToken)) ?? fail(tokenInvalid());
    const { id: sessionId, accountId: userId, clientId, expiresAt, endedAt } = session;
    if (endedAt) throw tokenRevoked();
    if (expiresAt.getTime() <= Date.now()) throw tokenExpired();
    return { userId, sessionId, clientId, scope, notAfter: Math.floor(expiresAt.getTime() / 1000), proofKey: '' };
  }
}
