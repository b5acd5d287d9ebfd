import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  type AuthenticatedUser,
  spiffeIdOf,
  tokenExpired,
  tokenInvalid,
  TokenRefusal,
  TokenVerifier,
  type Transaction,
  type VerifiedToken,
} from '@reputable/auth';
import { invalid } from '@reputable/errors';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { TRUST_DOMAIN } from '../audit/origin.interceptor.ts';
import { KeyRing } from '../key/key-ring.ts';
import { signJwt } from '../key/sign-jwt.ts';
import { IssuedTokens } from './issued-tokens.ts';
import { expectReplaceable } from './replacement.ts';
import { ISSUER, type SignedToken } from './access-tokens.ts';
import type { IssueTransactionToken } from './token.requests.ts';

/** The longest lifetime of a token for one call, in seconds. */
const CALL_LIFETIME_S = 15;

/**
 * The Transaction Token Service of the trust domain (draft-ietf-oauth-transaction-tokens-10). It exchanges a JWT for a token that is valid for one
 * rpc with side effects, or for reads, and a Transaction Token for one that is valid for one read. It needs no statement: all claims are those of the
 * subject token, which was issued seconds before.
 */
@Injectable()
export class TransactionTokens {
  readonly #log = new Logger('tokens');
  readonly #issued: IssuedTokens;

  constructor(
    @Inject(ISSUER) readonly issuer: string,
    @Inject(TRUST_DOMAIN) readonly trustDomain: string,
    readonly keys: KeyRing,
    readonly tokens: TokenVerifier,
  ) {
    this.#issued = new IssuedTokens(keys);
  }

  /**
   * @param workload the service that requests the token
   * @throws DomainError TOKEN_INVALID for a subject token that the workload neither exchanged nor received; TOKEN_EXPIRED, TOKEN_REVOKED; INVALID_FIELD
   * for another trust domain, a scope that the subject token does not have, or a replacement that would allow too much
   */
  async issue(
    { subjectToken, audience, scope, ...details }: z.output<typeof IssueTransactionToken>,
    workload: string,
  ): Promise<SignedToken> {
    if (audience !== this.trustDomain) throw invalid([{ field: 'audience', description: `Must be ${this.trustDomain}.` }]);
    const subject = await this.#verified(subjectToken);
    const { transaction: replaced } = subject;
    if (details.rpc === '' && details.binds) throw invalid([{ field: 'binds', description: 'Must be empty without an rpc.' }]);
    if (replaced) expectReplaceable(replaced, workload, details);
    else if (subject.user.actor !== workload) throw tokenInvalid();
    if (!scope.every((one) => subject.user.scopes.includes(one)))
      throw invalid([{ field: 'scope', description: 'Must be among the scopes of the subject token.' }]);
    const now = Math.floor(Date.now() / 1000);
    const action = details.rpc === '' || replaced ? 'read' : 'write';
    const isForOneCall = action === 'write' || details.requestSha256 !== undefined;
    const expiresAt = Math.min(subject.expiresAt, isForOneCall ? now + CALL_LIFETIME_S : Infinity);
    // Verification tolerates some clock skew, but no token may outlive its subject token.
    if (expiresAt <= now) throw tokenExpired();
    const transaction: Transaction = {
      id: replaced?.id ?? randomUUID(),
      workload: spiffeIdOf(workload, this.trustDomain),
      callChain: replaced ? [...replaced.callChain, replaced.workload] : [],
      action,
      ...(details.rpc !== '' && { path: `/${details.rpc}`, requestHash: details.requestSha256 }),
      binds: replaced?.binds ?? details.binds,
    };
    const user = subject.user.with({ scopes: scope, actor: transaction.workload });
    const { afterRevocation } = subject;
    const claims = { user, audience: [audience], issuedAt: now, expiresAt, freshUntil: expiresAt, afterRevocation, transaction };
    const token = this.#sign(claims);
    if (isForOneCall) this.#issued.add({ ...claims, authorization: `Bearer ${token}` });
    this.#log.debug({
      msg: 'transaction token issued',
      txn: transaction.id,
      user: user.id,
      rpc: details.rpc || 'reads',
      workload,
      replaced: replaced?.workload,
    });
    return { token, expiresIn: expiresAt - now };
  }

  /** A token that this process has issued needs no verification, only the check of its expiry and of revocations. */
  async #verified(token: string): Promise<VerifiedToken> {
    const authorization = `Bearer ${token}`;
    const issued = this.#issued.find(authorization);
    const refusal = issued && this.tokens.reconsider(issued);
    if (refusal) throw refusal;
    try {
      return issued ?? (await this.tokens.verify(authorization));
    } catch (error) {
      throw error instanceof TokenRefusal ? error.error : error;
    }
  }

  #sign({ user, transaction, issuedAt: iat, expiresAt: exp, afterRevocation: rev }: Issued): string {
    const { id: txn, workload, action, path, requestHash, binds } = transaction;
    const may = { roles: user.roles, reputation: user.reputation, claims_age: user.claimsAgeS };
    const registered = { iss: this.issuer, sub: user.id, aud: this.trustDomain, iat, exp };
    const tctx = { action, rpc: path?.slice(1), request_sha256: requestHash, binds, ...may };
    const rctx = requestContext(user, transaction);
    const claims = { ...registered, txn, scope: user.scopes.join(' '), req_wl: workload, tctx, rctx, rev };
    return signJwt('txntoken+jwt', claims, this.keys.signer);
  }
}

/** The contents of a token, as they are after its verification. */
type Issued = Omit<VerifiedToken, 'authorization'> & { readonly transaction: Transaction };

/** Session, client and log-in of the request, and the workloads that it has passed. No address and no name: a token has no personal data. */
function requestContext(user: AuthenticatedUser, { callChain }: Transaction): object {
  const { sessionId, clientId, authenticatedAt, authenticationMethods } = user;
  return {
    ...{ sid: sessionId, client_id: clientId, auth_time: authenticatedAt && authenticatedAt.getTime() / 1000 },
    amr: authenticationMethods.length === 0 ? undefined : authenticationMethods,
    call_chain: callChain.length === 0 ? undefined : callChain,
  };
}
