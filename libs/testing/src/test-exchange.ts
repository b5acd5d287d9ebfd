import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { TestIssuer, TestUser } from '@reputable/auth/testing';
import type { ExchangeTokenRequest, ExchangeTokenResponseSchema } from '@reputable/contracts/auth/v1/auth';
import { Code, DomainError, fail } from '@reputable/errors';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRevocations } from './test-revocations.ts';

/** What an opaque token stands for. */
export interface Opaque {
  /** The session it belongs to. */
  readonly sessionId: string;
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** The opaque tokens of a world, and their exchange for ones of its issuer: counted, and slow or refused if a test wants it so. */
export class TestExchange {
  /** Every exchange that was asked for. */
  readonly asked: ExchangeTokenRequest[] = [];
  /** How long an exchange takes after it has looked at the user, in milliseconds. */
  delayMs = 0;
  /** How long a token that was exchanged is good for, in seconds. */
  lifetimeS = 60;
  /** Why every exchange is refused, if it is. */
  refusal: DomainError | undefined;
  readonly #tokens = new Map<string, Opaque & { readonly userId: string }>();
  readonly #users = new Map<string, TestUser>();

  constructor(
    readonly issuer: TestIssuer,
    readonly revocations: TestRevocations,
  ) {}

  /** An opaque token of a user, good for an hour in a session of its own, unless you say otherwise. */
  issue(user: TestUser, { sessionId = randomUUID(), expiresAt = Date.now() + 3_600_000 }: Partial<Opaque> = {}): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, { sessionId, expiresAt, userId: user.id });
    this.change(user);
    return token;
  }

  /** From now on exchanges say this of the user with this id. */
  change(user: TestUser): void {
    this.#users.set(user.id, user);
  }

  /** How often this token was to be exchanged. */
  countOf(token: string): number {
    return this.asked.filter(({ subjectToken }) => subjectToken === token).length;
  }

  /** Serves ExchangeToken. */
  async exchange(request: ExchangeTokenRequest): Promise<MessageInitShape<typeof ExchangeTokenResponseSchema>> {
    this.asked.push(request);
    if (this.refusal) throw this.refusal;
    const { userId, sessionId, expiresAt } = this.#tokens.get(request.subjectToken) ?? fail(tokenInvalid());
    const goodAgain = this.revocations.goodAgain(userId, sessionId);
    if (expiresAt <= Date.now() || goodAgain === Infinity) throw tokenInvalid();
    await sleep(Math.max(0, goodAgain - Date.now()));
    const iat = Math.floor(Date.now() / 1000);
    const exp = Math.min(iat + this.lifetimeS, Math.ceil(expiresAt / 1000));
    const claims = { iat, exp, sid: sessionId, aud: request.audience, act: { sub: 'gateway' }, scope: 'api' };
    const accessToken = await this.issuer.tokenFor(this.#users.get(userId) as TestUser, claims);
    await sleep(this.delayMs);
    return {
      accessToken,
      issuedTokenType: ACCESS_TOKEN,
      tokenType: 'Bearer',
      expiresIn: exp - iat,
      scope: claims.scope,
      subjectExpiresAt: timestampFromMs(expiresAt),
    };
  }
}

const tokenInvalid = () => new DomainError(Code.UNAUTHENTICATED, 'TOKEN_INVALID', 'The access token is not valid. Log in again.');
