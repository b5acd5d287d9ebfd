import { Logger } from '@nestjs/common';
import type { AuthService } from '@reputable/contracts/auth/v1/auth';
import { DomainError, internal } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { transactionMismatch } from '../access/denials.ts';
import { isForOneCall, type Transaction } from '../access/transaction.ts';
import type { Client } from '../contract/client.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import { withoutDeadline } from './call-context.ts';
import { requestHashOf } from './request-binding.ts';

/** The number of replacements to cache. Each takes about 2 KB. */
const CACHE_SIZE = 1_000;

/** The last part of a replacement's life in which it is not used any more, in milliseconds. */
const LAST_PART_MS = 1_000;

/** Why an app cannot forward a Transaction Token. */
export const NO_REPLACEMENTS =
  "the auth service replaces Transaction Tokens that a service forwards. Set revocations to { from: 'stream', service, url } of the auth service.";

/** The reasons of auth for which neither the user nor an outage is at fault. */
const FAULTS = new Set(['TOKEN_INVALID', 'CALLER_NOT_ALLOWED', 'INVALID_FIELD']);

/** A call that a service places with the token of the call that it handles. */
export interface ForwardingCall {
  /** `/package.Service/Rpc`. */
  readonly path: string;
  readonly isRead: boolean;
  /** The serialized request. */
  readonly request: Uint8Array;
}

/** A Transaction Token of the current call. */
interface TransactionToken extends VerifiedToken {
  readonly transaction: Transaction;
}

interface CachedReplacement {
  readonly authorization: string;
  /** When it must no longer be used, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/**
 * Replaces Transaction Tokens: services accept one only from the workload that requested it, so a service that forwards the token of its call requests
 * a token of its own for each rpc that it calls (draft-ietf-oauth-transaction-tokens-10 §13.15). The replacement of a token for reads is cached, and
 * concurrent calls share one request for it. That of a token for one call is for one call, too.
 */
export class ReplacementTokens {
  readonly #log = new Logger('authentication');
  readonly #cache = new LRUCache<string, CachedReplacement>({ max: CACHE_SIZE });
  readonly #pending = new Map<string, Promise<CachedReplacement>>();

  /** @param auth the client of the auth service, which issues the replacements */
  constructor(readonly auth: Pick<Client<typeof AuthService>, 'issueTransactionToken'>) {}

  /**
   * The `Authorization` value for a call in place of the token.
   *
   * @throws DomainError TRANSACTION_MISMATCH for an rpc with side effects: a replacement only reads; auth's reason, or SERVICE_UNAVAILABLE
   */
  async authorizationFor(token: TransactionToken, call: ForwardingCall): Promise<string> {
    if (!call.isRead) throw transactionMismatch(call, token.transaction);
    if (isForOneCall(token.transaction)) return (await this.#request(token, call, requestHashOf(call.request))).authorization;
    const key = `${call.path} ${token.authorization}`;
    const cached = this.#cache.get(key);
    if (cached && cached.endsAt > Date.now()) return cached.authorization;
    return (await (this.#pending.get(key) ?? this.#share(key, token, call))).authorization;
  }

  /**
   * Requests a replacement for all calls that need it now. The request has the whole deadline of the client of auth: with that of the first call, a
   * call with little time left would fail the others. Each call still ends at its own deadline.
   */
  #share(key: string, token: TransactionToken, call: ForwardingCall): Promise<CachedReplacement> {
    const pending = withoutDeadline(() => this.#request(token, call, ''))
      .then((replacement) => {
        this.#cache.set(key, replacement);
        return replacement;
      })
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, pending);
    return pending;
  }

  async #request(
    { authorization, audience, user }: TransactionToken,
    { path }: ForwardingCall,
    requestSha256: string,
  ): Promise<CachedReplacement> {
    const request = {
      subjectToken: authorization.slice(authorization.indexOf(' ') + 1),
      // The audience of a Transaction Token is its trust domain alone.
      audience: audience?.[0] ?? '',
      scope: user.scopes.join(' '),
      rpc: path.slice(1),
      requestSha256,
    };
    const { accessToken, expiresIn } = await this.auth.issueTransactionToken(request).catch((error: unknown) => this.#refuse(error, path));
    return { authorization: `Bearer ${accessToken}`, endsAt: Date.now() + expiresIn * 1000 - LAST_PART_MS };
  }

  /** The user is not at fault if auth does not replace a token that it has issued, for example because the contract does not list this service. */
  #refuse(error: unknown, path: string): never {
    if (!(error instanceof DomainError && FAULTS.has(error.reason))) throw error;
    this.#log.error({ msg: 'auth replaces no Transaction Token', rpc: path.slice(1), err: error });
    throw internal();
  }
}
