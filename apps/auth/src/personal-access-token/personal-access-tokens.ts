import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { tokenInvalid } from '@reputable/auth';
import { newPersonalAccessToken } from '@reputable/contracts';
import { type EntityManager, IsNull, LessThan, MoreThan, Repository } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import { audit } from '../audit/audit.ts';
import { PERSONAL_ACCESS_TOKEN } from '../client/oauth-clients.ts';
import { hashOf } from '../secret/secret-hash.ts';
import { SessionService } from '../session/session.service.ts';
import { PersonalAccessToken } from './personal-access-token.entity.ts';
import { tooManyPersonalAccessTokens } from './personal-access-token.errors.ts';

/** The most valid tokens of a user. */
const LIMIT = 50;

/** A token to create. */
export interface NewToken {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresInDays: number;
}

/** A created token. Only its hash is stored, so it cannot be shown again. */
export interface CreatedToken {
  readonly token: string;
  readonly row: PersonalAccessToken;
}

/** The condition for tokens of this account that are neither revoked nor expired. */
const isLive = (accountId: string) => ({ accountId, endedAt: IsNull(), expiresAt: MoreThan(new Date()) });

/** Creates, lists and finds personal access tokens. Ending a token's session revokes it. */
@Injectable()
export class PersonalAccessTokens {
  constructor(
    @InjectRepository(PersonalAccessToken) readonly tokens: Repository<PersonalAccessToken>,
    readonly sessions: SessionService,
  ) {}

  /** @throws DomainError TOO_MANY_PERSONAL_ACCESS_TOKENS, or TOKEN_INVALID if the account was deleted */
  create(accountId: string, created: NewToken): Promise<CreatedToken> {
    return this.tokens.manager.transaction((tx) => this.#create(tx, accountId, created));
  }

  /** A page of valid tokens, newest first, after the id `after`. Returns one more than `size` if there is a next page. */
  list(accountId: string, size: number, after: string | undefined): Promise<PersonalAccessToken[]> {
    const page = after === undefined ? {} : { id: LessThan(after) };
    return this.tokens.find({
      where: { ...page, session: isLive(accountId) },
      relations: { session: true },
      order: { id: 'DESC' },
      take: size + 1,
    });
  }

  /** Finds a token, even a revoked or expired one. */
  find(token: string): Promise<PersonalAccessToken | null> {
    return this.tokens.findOne({ where: { hash: hashOf(token) }, relations: { session: true } });
  }

  async #create(tx: EntityManager, accountId: string, { name, scopes, expiresInDays }: NewToken): Promise<CreatedToken> {
    // Concurrent requests of one account wait for each other here, so that they do not exceed the limit together.
    const account = await tx.findOne(Account, { select: { id: true }, where: { id: accountId }, lock: { mode: 'pessimistic_write' } });
    if (!account) throw tokenInvalid();
    const count = await tx.count(PersonalAccessToken, { where: { session: isLive(accountId) } });
    if (count >= LIMIT) throw tooManyPersonalAccessTokens(LIMIT);
    const token = newPersonalAccessToken();
    const session = { accountId, clientId: PERSONAL_ACCESS_TOKEN, device: name, loginUid: null };
    const id = await this.sessions.begin(tx, session, expiresInDays * 24 * 3_600);
    await tx.insert(PersonalAccessToken, { id, hash: hashOf(token), scope: scopes.join(' ') });
    const details = { scope: scopes.join(' '), days: expiresInDays };
    await audit(tx, { type: 'personal_access_token_created', userId: accountId, sessionId: id, clientId: PERSONAL_ACCESS_TOKEN, details });
    return { token, row: await tx.findOneOrFail(PersonalAccessToken, { where: { id }, relations: { session: true } }) };
  }
}
