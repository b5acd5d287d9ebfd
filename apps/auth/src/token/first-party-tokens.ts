import type { MessageInitShape } from '@bufbuild/protobuf';
import { Inject, Injectable } from '@nestjs/common';
import type { TokensSchema } from '@reputable/contracts/auth/v1/auth';
import { type DomainError, fail } from '@reputable/errors';
import type { EntityManager } from 'typeorm';
import { audit } from '../audit/audit.ts';
import { AuditFailures } from '../audit/audit-failures.ts';
import { SessionService } from '../session/session.service.ts';
import { UserClaims } from '../account/user-claims.ts';
import { API, ALL_API_SCOPES } from '../client/api-resource.ts';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import { Grants } from '../provider/grants.ts';
import type { LogInClaims } from '../provider/log-in-claims.ts';
import { RefreshAnswers } from '../provider/refresh-answers.ts';
import { ACCESS_TOKEN_LIFETIME_S } from '../provider/token-lifetimes.ts';
import { FIRST_PARTY } from '../client/oauth-clients.ts';
import { RecordStore } from '../record/record-store.ts';
import { refreshTokenInvalid, refreshTokenReused } from './token.errors.ts';

/**
 * The `amr` of a log-in by GraphQL (RFC 8176 §2). It needs the password, also after a registration: the link of its mail verifies the
 * address, and is no second factor.
 */
const AMR = ['pwd'];

/** How a user of the first-party client logs in. */
export type LogInMethod = 'password' | 'registration';

/** A client's tokens, as the contract's Tokens. */
export type Tokens = MessageInitShape<typeof TokensSchema>;

/** The same, complete. */
type IssuedTokens = Tokens & { readonly refreshToken: string; readonly expiresIn: number };

/** The account and the session of tokens. */
interface Owner {
  readonly accountId: string;
  readonly grantId: string;
  /** When the session's first refresh token was issued: seconds since the epoch. */
  readonly iiat?: number | undefined;
  /** When and how the user logged in. */
  readonly logIn: LogInClaims;
}

/**
 * Issues the tokens of the first-party client, whose users log in by GraphQL. They are stored like the tokens of any client. Only this client
 * gets tokens for a password, without an authorization code.
 */
@Injectable()
export class FirstPartyTokens {
  constructor(
    readonly server: AuthorizationServer,
    readonly records: RecordStore,
    readonly grants: Grants,
    readonly sessions: SessionService,
    readonly claims: UserClaims,
    readonly answers: RefreshAnswers,
    readonly failures: AuditFailures,
    @Inject(API) readonly api: string,
  ) {}

  /**
   * Begins a session.
   *
   * @param method how the user logged in
   * @param alongside runs first, in the same transaction
   * @throws DomainError USER_SUSPENDED
   */
  async open(accountId: string, device: string, method: LogInMethod, alongside?: (tx: EntityManager) => Promise<void>): Promise<Tokens> {
    await this.failures.watch(logInOf(accountId, method), () => this.claims.of(accountId));
    return this.records.transaction(async (tx) => {
      await alongside?.(tx);
      const session = { accountId, clientId: FIRST_PARTY, device, loginUid: null };
      const { jti: grantId } = await this.grants.begin(this.server.provider, session, (grant) => {
        grant.addResourceScope(this.api, ALL_API_SCOPES);
      });
      await audit(tx, { ...logInOf(accountId, method), sessionId: grantId });
      return this.#issue({ accountId, grantId, logIn: { auth_time: Math.floor(Date.now() / 1000), amr: AMR } });
    });
  }

  /**
   * Exchanges a refresh token for new tokens. A refresh token is valid for one use. A retry soon after gets the same tokens; any other second
   * use ends the session (RFC 9700 §4.14.2).
   *
   * @throws DomainError REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED, USER_SUSPENDED
   */
  async refresh(token: string): Promise<Tokens> {
    const found = await this.server.provider.RefreshToken.find(token, { ignoreExpiration: true });
    if (found?.clientId !== FIRST_PARTY || found.isExpired) throw refreshTokenInvalid();
    const { accountId, iiat, authTime, amr, grantId = fail(refreshTokenInvalid()) } = found;
    // Before the token is consumed: if the user service does not answer, the client can retry with the same token.
    await this.claims.of(accountId);
    const next = await this.records.transaction(async (tx) => {
      // A log-out locks the session before the token, too: in another order, the two would wait for each other.
      if (!(await this.sessions.touch(grantId, tx))) throw refreshTokenInvalid();
      if (!(await this.records.consume('RefreshToken', token))) return undefined;
      const tokens = await this.#issue({ accountId, grantId, iiat, logIn: { auth_time: authTime, amr } });
      await this.answers.keep(token, { refreshToken: tokens.refreshToken, body: tokens });
      return tokens;
    });
    return next ?? (await this.#again(token)) ?? fail(await this.#refusal(token, grantId));
  }

  /** The tokens of an earlier use of this refresh token, if this one is a retry. */
  async #again(token: string): Promise<IssuedTokens | undefined> {
    const answer = await this.answers.to(token);
    if (!answer) return undefined;
    const tokens = answer.body as IssuedTokens;
    return { ...tokens, expiresIn: tokens.expiresIn - answer.ageS };
  }

  async #issue({ logIn, ...owner }: Owner): Promise<IssuedTokens> {
    const { provider } = this.server;
    const client = await provider.Client.find(FIRST_PARTY);
    if (!client) throw new Error('The first-party client does not exist.');
    const about = { ...owner, client, gty: FIRST_PARTY, scope: ALL_API_SCOPES };
    const access = new provider.AccessToken({ ...about, aud: this.api, extra: logIn });
    const refresh = new provider.RefreshToken({ ...about, resource: this.api, authTime: logIn.auth_time, amr: logIn.amr });
    return {
      accessToken: await access.save(),
      refreshToken: await refresh.save(),
      tokenType: 'Bearer',
      expiresIn: ACCESS_TOKEN_LIFETIME_S,
      userId: owner.accountId,
    };
  }

  /** Ends the session of a token that was used before. The end of the session has deleted any other token. */
  async #refusal(token: string, grantId: string): Promise<DomainError> {
    if (!(await this.records.find('RefreshToken', token))) return refreshTokenInvalid();
    await this.grants.end(grantId, 'used_twice');
    return refreshTokenReused();
  }
}

/** The audit event of a log-in. */
const logInOf = (userId: string, method: LogInMethod) =>
  ({ type: 'log_in', actor: { type: 'user', id: userId }, userId, clientId: FIRST_PARTY, details: { method } }) as const;
