import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Injectable, Logger, Optional } from '@nestjs/common';
import { type Client, InjectClient, StaleClaims, TokenRefusal, TokenVerifier, type VerifiedToken } from '@reputable/auth';
import { SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { Code, internal } from '@reputable/errors';
import { TransactionTokens } from './transaction-tokens.ts';

/** The id and the secret of an API client. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Returns the client's IP address. Only an exchange needs it, and Fastify parses it at each access behind a proxy. */
  readonly address: () => string;
}

/** A token that another issuer may have issued. */
export interface IssuerToken {
  readonly token: string;
  /** Returns the client's IP address: auth limits the tokens from one address that the issuer refuses. */
  readonly address: () => string;
}

/** What auth exchanges for a JWT: a token of ours, a token of another issuer, or the credentials of an API client. */
export type Credential = string | IssuerToken | ClientCredentials;

/** The services that accept the JWT if the others get Transaction Tokens: the gateway verifies it, and auth exchanges it. */
const BEHIND_TRANSACTIONS = ['gateway', 'auth'];

/**
 * The last part of a JWT's life, in milliseconds, in which the gateway obtains no Transaction Tokens with it. Auth exchanges no expired JWT, and a
 * request can begin long before its write; the clocks of gateway and auth can differ, too.
 */
const LAST_PART_MS = 10_000;

/** The outcome of a token exchange. */
export interface ExchangedToken {
  /** The JWT, verified like any other. With Transaction Tokens, its `outgoing` has those that services receive. */
  readonly jwt: VerifiedToken;
  /** When the exchange was requested, on the clock of `performance.now()`. */
  readonly requestedAt: number;
  /** When the JWT must no longer be used, in milliseconds since the epoch. */
  readonly endsAt: number;
  /** Whether the opaque token itself expires then, so that no further exchange is possible. */
  readonly last: boolean;
  /** The thumbprint (RFC 7638) of the key that the opaque token is bound to (RFC 9449 §6); undefined if it is not bound. */
  readonly boundTo: string | undefined;
}

/** Exchanges opaque tokens at auth for JWTs that every service accepts (RFC 8693). */
@Injectable()
export class TokenExchange {
  readonly #log = new Logger('authentication');

  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly tokens: TokenVerifier,
    readonly claims: StaleClaims,
    /** Undefined with `TOKENS_INSIDE=jwt`. */
    @Optional() readonly transactions?: TransactionTokens,
  ) {}

  /**
   * Exchanges a credential. Repeats the exchange once if the user's tokens were revoked or their claims changed before the response arrived,
   * because the response may be older than the change.
   *
   * @throws DomainError with auth's reason, or SERVICE_UNAVAILABLE
   * @throws TokenRefusal if the new JWT is already revoked, or the gateway cannot verify tokens now
   */
  async exchange(credential: Credential): Promise<ExchangedToken> {
    const read = readNow(credential);
    try {
      const exchanged = await this.#request(read);
      if (!this.claims.isStale(exchanged.jwt.user.id, exchanged.requestedAt)) return this.#forInside(exchanged);
    } catch (error) {
      if (!(error instanceof TokenRefusal && error.error.code === Code.UNAUTHENTICATED)) throw error;
    }
    return this.#forInside(await this.#request(read));
  }

  /** With Transaction Tokens in place of the JWT, if services receive those. */
  #forInside(exchanged: ExchangedToken): ExchangedToken {
    return this.transactions ? { ...exchanged, jwt: this.transactions.replacing(exchanged.jwt) } : exchanged;
  }

  async #request(credential: ReturnType<typeof readNow>): Promise<ExchangedToken> {
    const requestedAt = performance.now();
    const audience = this.transactions ? BEHIND_TRANSACTIONS : [...SERVICES];
    const { accessToken, subjectExpiresAt, proofKey } = await ('subjectToken' in credential
      ? this.auth.exchangeToken({ ...credential, audience })
      : this.auth.exchangeClientCredentials({ ...credential, audience }).then((response) => ({ ...response, proofKey: '' })));
    const jwt = await this.#verify(accessToken);
    const [ends, subjectEnds] = [jwt.expiresAt * 1000, subjectExpiresAt ? timestampMs(subjectExpiresAt) : 0];
    const last = subjectEnds <= ends;
    const endsAt = last ? subjectEnds : ends - (this.transactions ? LAST_PART_MS : 0);
    return { jwt, requestedAt, endsAt, last, boundTo: proofKey || undefined };
  }

  async #verify(token: string): Promise<VerifiedToken> {
    try {
      return await this.tokens.verify(`Bearer ${token}`);
    } catch (error) {
      const { code, reason } = error instanceof TokenRefusal ? error.error : internal();
      if (code === Code.UNAVAILABLE || reason === 'TOKEN_REVOKED') throw error;
      // The client is not at fault if auth and the gateway disagree.
      this.#log.error({ msg: 'token from auth does not verify', err: error });
      throw internal();
    }
  }
}

/** The credential as auth reads it. The request with the address may be over when the exchange is repeated. */
function readNow(credential: Credential) {
  if (typeof credential === 'string') return { subjectToken: credential };
  const address = credential.address();
  if ('token' in credential) return { subjectToken: credential.token, address };
  const { clientId, clientSecret } = credential;
  return { clientId, clientSecret, address };
}
