import { Inject, Injectable, Logger } from '@nestjs/common';
import { ALGORITHM, spiffeIdOf, tokenExpired, tokenInvalid, TokenRefusal, TokenVerifier, type VerifiedToken } from '@reputable/auth';
import { invalid } from '@reputable/errors';
import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { TRUST_DOMAIN } from '../audit/origin.interceptor.ts';
import { KeyRing } from '../key/key-ring.ts';
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

  constructor(
    @Inject(ISSUER) readonly issuer: string,
    @Inject(TRUST_DOMAIN) readonly trustDomain: string,
    readonly keys: KeyRing,
    readonly tokens: TokenVerifier,
  ) {}

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
    const txn = replaced?.id ?? randomUUID();
    const token = await this.#sign({ txn, scope: scope.join(' '), action, ...details, workload, subject, now, expiresAt });
    this.#log.debug({
      msg: 'transaction token issued',
      txn,
      user: subject.user.id,
      rpc: details.rpc || 'reads',
      workload,
      replaced: replaced?.workload,
    });
    return { token, expiresIn: expiresAt - now };
  }

  async #verified(token: string): Promise<VerifiedToken> {
    try {
      return await this.tokens.verify(`Bearer ${token}`);
    } catch (error) {
      throw error instanceof TokenRefusal ? error.error : error;
    }
  }

  #sign({ txn, scope, action, rpc, requestSha256, binds, workload, subject, now, expiresAt }: Issue): Promise<string> {
    const { user, afterRevocation: rev } = subject;
    const { kid, privateKey } = this.keys.signer;
    const may = { roles: user.roles, reputation: user.reputation, claims_age: user.claimsAgeS };
    const tctx = { action, ...(rpc !== '' && { rpc, request_sha256: requestSha256 }), binds: subject.transaction?.binds ?? binds, ...may };
    return new SignJWT({ txn, scope, req_wl: spiffeIdOf(workload, this.trustDomain), tctx, rctx: requestContext(subject), rev })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'txntoken+jwt', kid })
      .setIssuer(this.issuer)
      .setSubject(user.id)
      .setAudience(this.trustDomain)
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
  }
}

/** The contents of a token. */
interface Issue {
  readonly txn: string;
  readonly scope: string;
  readonly action: 'read' | 'write';
  /** Empty for all reads. */
  readonly rpc: string;
  readonly requestSha256: string | undefined;
  readonly binds: Readonly<Record<string, string>> | undefined;
  readonly workload: string;
  readonly subject: VerifiedToken;
  readonly now: number;
  readonly expiresAt: number;
}

/** Session, client and log-in of the request, and the workloads that it has passed. No address and no name: a token has no personal data. */
function requestContext({ user, transaction }: VerifiedToken): object {
  const { sessionId, clientId, authenticatedAt, authenticationMethods } = user;
  return {
    ...{ sid: sessionId, client_id: clientId, auth_time: authenticatedAt && authenticatedAt.getTime() / 1000 },
    amr: authenticationMethods.length === 0 ? undefined : authenticationMethods,
    call_chain: transaction && [...transaction.callChain, transaction.workload],
  };
}
