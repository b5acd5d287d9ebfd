import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { TestIssuer, TestUser } from '@reputable/auth/testing';
import { SCOPES } from '@reputable/contracts';
import {
  type ExchangeClientCredentialsRequest,
  type ExchangeClientCredentialsResponseSchema,
  type ExchangeTokenRequest,
  ExchangeTokenRequestSchema,
  type ExchangeTokenResponseSchema,
  type IssueTransactionTokenRequest,
  type IssueTransactionTokenResponseSchema,
} from '@reputable/contracts/auth/v1/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { Code, DomainError, fail } from '@reputable/errors';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRevocations } from './test-revocations.ts';

/** The properties of an opaque token. */
export interface Opaque {
  /** The token's session. */
  readonly sessionId: string;
  /** The expiry, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The token itself. */
  readonly token: string;
  /** The thumbprint of the key that the token is bound to; empty for none. */
  readonly proofKey: string;
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const TRANSACTION_TOKEN = 'urn:ietf:params:oauth:token-type:txn_token';

/** The opaque tokens of a world and their exchange for JWTs of its issuer. A test can count, delay and refuse exchanges. */
export class TestExchange {
  /** All requests for an exchange. */
  readonly requests: ExchangeTokenRequest[] = [];
  /** All requests for a Transaction Token. */
  readonly transactions: IssueTransactionTokenRequest[] = [];
  /** The issued Transaction Tokens. */
  readonly issued: string[] = [];
  /** The delay of an exchange after it has read the user, in milliseconds. */
  delayMs = 0;
  /** Exchanges that have read the user wait for it. */
  hold: Promise<unknown> | undefined;
  /** The lifetime of the issued JWTs, in seconds. */
  lifetimeS = 60;
  /** The error of every exchange; undefined to allow exchanges. */
  refusal: DomainError | undefined;
  /** The error of every request for a Transaction Token; undefined to allow them. */
  transactionRefusal: DomainError | undefined;
  /** The error of every request to replace a Transaction Token; undefined to allow them. */
  replacementRefusal: DomainError | undefined;
  readonly #tokens = new Map<string, Omit<Opaque, 'token'> & { readonly userId: string }>();
  readonly #users = new Map<string, TestUser>();

  constructor(
    readonly issuer: TestIssuer,
    readonly revocations: TestRevocations,
  ) {}

  /** Issues an opaque token for a user. Default: valid for an hour, in a new session. */
  issue(user: TestUser, opaque: Partial<Opaque> = {}): string {
    const { sessionId = randomUUID(), expiresAt = Date.now() + 3_600_000, proofKey = '' } = opaque;
    const { token = randomBytes(32).toString('base64url') } = opaque;
    this.#tokens.set(token, { sessionId, expiresAt, proofKey, userId: user.id });
    this.change(user);
    return token;
  }

  /** Sets the claims that later exchanges issue for this user. */
  change(user: TestUser): void {
    this.#users.set(user.id, user);
  }

  /** The number of requests to exchange this token. */
  countOf(token: string): number {
    return this.requests.filter(({ subjectToken }) => subjectToken === token).length;
  }

  /** Serves ExchangeClientCredentials: the token of a client is `<id>:<secret>`. */
  async exchangeClient({ clientId, clientSecret, audience }: ExchangeClientCredentialsRequest) {
    const request = create(ExchangeTokenRequestSchema, { subjectToken: `${clientId}:${clientSecret}`, audience });
    const { accessToken, expiresIn, scope, subjectExpiresAt } = await this.exchange(request);
    return { accessToken, expiresIn, scope, subjectExpiresAt } as MessageInitShape<typeof ExchangeClientCredentialsResponseSchema>;
  }

  /** Serves IssueTransactionToken, also for a Transaction Token as the subject: then the new token replaces it. */
  async issueTransaction(
    request: IssueTransactionTokenRequest,
    workload: string,
  ): Promise<MessageInitShape<typeof IssueTransactionTokenResponseSchema>> {
    this.transactions.push(request);
    const refusal = this.refusal ?? this.transactionRefusal;
    if (refusal) throw refusal;
    const subject = claimsOf(request.subjectToken);
    if (subject.tctx && this.replacementRefusal) throw this.replacementRefusal;
    const accessToken = await (subject.tctx ? this.#replace(subject, request, workload) : this.#transaction(subject, request));
    this.issued.push(accessToken);
    return { accessToken, issuedTokenType: TRANSACTION_TOKEN, tokenType: 'N_A', expiresIn: subject.exp - Math.floor(Date.now() / 1000) };
  }

  #transaction({ sub, sid, exp }: Claims, { scope, rpc, requestSha256, binds }: IssueTransactionTokenRequest): Promise<string> {
    const user = this.#users.get(sub) ?? fail(tokenInvalid());
    const transaction = {
      ...{ trustDomain: TRUST_DOMAIN, path: rpc === '' ? undefined : `/${rpc}` },
      ...(requestSha256 !== '' && { requestHash: requestSha256 }),
      binds,
    };
    return this.issuer.transactionTokenFor(user, transaction, { scope, exp, rctx: { sid, client_id: 'test' } });
  }

  #replace(subject: Claims, { scope, rpc, requestSha256 }: IssueTransactionTokenRequest, workload: string): Promise<string> {
    const tctx = { ...subject.tctx, action: 'read', rpc, request_sha256: requestSha256 || undefined };
    return this.issuer.sign({ ...subject, scope, tctx, req_wl: workload }, { typ: 'txntoken+jwt' });
  }

  /** Serves ExchangeToken. */
  async exchange(request: ExchangeTokenRequest): Promise<MessageInitShape<typeof ExchangeTokenResponseSchema>> {
    this.requests.push(request);
    if (this.refusal) throw this.refusal;
    const { userId, sessionId, expiresAt, proofKey } = this.#tokens.get(request.subjectToken) ?? fail(tokenInvalid());
    const revokedUntil = this.revocations.revokedUntil(userId, sessionId);
    if (expiresAt <= Date.now() || revokedUntil === Infinity) throw tokenInvalid();
    // A timer can fire a millisecond early, and the token would be from the second of the revocation.
    while (Date.now() < revokedUntil) await sleep(revokedUntil - Date.now());
    const iat = Math.floor(Date.now() / 1000);
    const exp = Math.min(iat + this.lifetimeS, Math.ceil(expiresAt / 1000));
    const claims = { iat, exp, sid: sessionId, aud: request.audience, act: { sub: 'gateway' } };
    const accessToken = await this.issuer.tokenFor(this.#users.get(userId) as TestUser, claims);
    await sleep(this.delayMs);
    await this.hold;
    return {
      accessToken,
      issuedTokenType: ACCESS_TOKEN,
      tokenType: 'Bearer',
      expiresIn: exp - iat,
      scope: SCOPES.join(' '),
      subjectExpiresAt: timestampFromMs(expiresAt),
      proofKey,
    };
  }
}

interface Claims {
  readonly sub: string;
  readonly sid: string;
  readonly exp: number;
  /** Of a Transaction Token. */
  readonly tctx?: object;
}

const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Claims;

const tokenInvalid = () => new DomainError(Code.UNAUTHENTICATED, 'TOKEN_INVALID', 'The access token is not valid. Log in again.');
