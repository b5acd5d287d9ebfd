import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Client, InjectClient, requestHashOf, runInCall, type VerifiedToken } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { DomainError, internal } from '@reputable/errors';
import { TransactionScopes } from './transaction-scopes.ts';

/** The injection token of the trust domain. */
export const TRUST_DOMAIN = Symbol('TRUST_DOMAIN');

/** A call with side effects. */
interface Write {
  readonly path: string;
  readonly request: Uint8Array;
  /** The ids of the rows that it is about, by the names that the contract binds. */
  readonly binds: Readonly<Record<string, string>>;
}

const SCHEME = 'Bearer ';

/** The context of a request that several calls wait for: it must not end with the first one. */
const FOR_ALL = { user: undefined, peer: undefined, token: undefined, deadline: Infinity };

/**
 * Replaces the JWT of a token exchange by Transaction Tokens (`TOKENS_INSIDE=txn`): one for all reads while the JWT is in use, and a new one for
 * each call with side effects. Only the gateway and auth receive the JWT.
 */
@Injectable()
export class TransactionTokens {
  readonly #log = new Logger('authentication');

  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly scopes: TransactionScopes,
    @Inject(TRUST_DOMAIN) readonly trustDomain: string,
  ) {}

  /**
   * The same user, whose calls carry Transaction Tokens in place of the JWT. The token for reads is requested by the first read: a request that only
   * writes needs none. Concurrent reads share the request for it.
   */
  replacing(jwt: VerifiedToken): VerifiedToken {
    let reads: string | Promise<string> | undefined;
    const request = async () => {
      try {
        return (reads = await runInCall(FOR_ALL, () => this.#issue(jwt)));
      } catch (error) {
        reads = undefined;
        throw error;
      }
    };
    return {
      ...jwt,
      outgoing: {
        forReads: () => (reads ??= request()),
        forWrite: (path, request, binds) => this.#issue(jwt, { path, request, binds }),
      },
    };
  }

  /** @param write the rpc with side effects, and its request; undefined for reads */
  async #issue(jwt: VerifiedToken, write?: Write): Promise<string> {
    const { authorization, user } = jwt;
    const request = {
      subjectToken: authorization.slice(SCHEME.length),
      audience: this.trustDomain,
      scope: this.scopes.of(user.scopes, write?.path),
      rpc: write?.path.slice(1) ?? '',
      requestSha256: write ? requestHashOf(write.request) : '',
      binds: write?.binds ?? {},
    };
    const { accessToken } = await this.auth.issueTransactionToken(request).catch((error: unknown) => this.#refuse(error, jwt));
    return SCHEME + accessToken;
  }

  /** The client is not at fault if auth does not accept a JWT that it has issued. */
  #refuse(error: unknown, { user }: VerifiedToken): never {
    if (!(error instanceof DomainError && error.reason === 'TOKEN_INVALID')) throw error;
    this.#log.error({ msg: 'auth refuses its own token', user: user.id, err: error });
    throw internal();
  }
}
