import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type DomainError, fail } from '@reputable/errors';
import { type EntityManager, IsNull, Repository } from 'typeorm';
import { AccessTokens } from '../token/access-tokens.ts';
import { hashOf, RefreshToken } from './refresh-token.entity.ts';
import { Session } from './session.entity.ts';
import { refreshTokenInvalid, refreshTokenReused } from './session.errors.ts';
import { issueRefreshToken, live, SessionService } from './session.service.ts';
import { type Tokens, tokensToWire } from './session.wire.ts';

/**
 * Refreshing, with rotation and reuse detection (RFC 9700 §4.14.2). A refresh token is good for one use. Whoever comes second has a
 * copy, or the first one had: as nobody can tell, the session ends. A client with requests in parallel refreshes in one of them.
 */
@Injectable()
export class RefreshService {
  readonly #log = new Logger('session');

  constructor(
    @InjectRepository(RefreshToken) readonly tokens: Repository<RefreshToken>,
    readonly sessions: SessionService,
    readonly accessTokens: AccessTokens,
  ) {}

  async refresh(token: string): Promise<Tokens> {
    const found = await this.tokens.findOne({ where: { hash: hashOf(token) }, relations: { session: true } });
    const used = found ?? fail(refreshTokenInvalid());
    if (used.consumedAt) throw await this.#reused(used.session);
    if (!isLive(used)) throw refreshTokenInvalid();

    // Before the token is used up: if the user service does not answer, the same token can be tried again.
    const accessToken = await this.accessTokens.mint(used.session.accountId, used.sessionId);
    const next = await this.tokens.manager.transaction((tx) => this.#rotate(tx, used));
    if (next === undefined) throw await this.#reused(used.session);
    return tokensToWire(used.session.accountId, accessToken, next);
  }

  /** The next token in place of this one, or undefined if somebody else was first. The row's lock decides who is. */
  async #rotate(tx: EntityManager, { hash, session }: RefreshToken): Promise<string | undefined> {
    const now = new Date();
    const consumed = await tx.update(RefreshToken, { hash, consumedAt: IsNull() }, { consumedAt: now });
    if (!consumed.affected) return undefined;
    const touched = await tx.update(Session, { ...live(), id: session.id }, { lastUsedAt: now });
    if (!touched.affected) throw refreshTokenInvalid();
    return issueRefreshToken(tx, session);
  }

  async #reused({ id, accountId }: Session): Promise<DomainError> {
    const ended = await this.sessions.end(accountId, id, 'refresh_token_reused');
    if (ended) this.#log.warn({ msg: 'a refresh token came twice: the session is ended', session: id, user: accountId });
    return refreshTokenReused();
  }
}

const isLive = ({ expiresAt, session }: RefreshToken, now = new Date()) => expiresAt > now && session.expiresAt > now && !session.endedAt;
