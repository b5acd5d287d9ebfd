import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Injectable, Logger } from '@nestjs/common';
import { type Client, InjectClient, StaleClaims, TokenRefusal, TokenVerifier, type VerifiedToken } from '@reputable/auth';
import { SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { Code, internal } from '@reputable/errors';

/** What an opaque token was exchanged for. */
export interface Exchanged {
  /** The JWT, verified as any other. */
  readonly user: VerifiedToken;
  /** When auth was asked, on the clock of `performance.now()`. */
  readonly askedAt: number;
  /** When it is no longer to be used, in milliseconds since the epoch. */
  readonly endsAt: number;
  /** Whether the opaque token itself ends then, so that there is no other JWT to be had. */
  readonly last: boolean;
}

/** Exchanges opaque tokens for JWTs that are good at every service (RFC 8693). Auth alone knows what an opaque token stands for. */
@Injectable()
export class TokenExchange {
  readonly #log = new Logger('authentication');

  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly tokens: TokenVerifier,
    readonly claims: StaleClaims,
  ) {}

  /**
   * Asks auth; and again, once, if by the time of the answer the user's tokens have been revoked or their claims have changed: the answer may
   * be from before that.
   *
   * @throws DomainError as auth says why not, or that it cannot be reached
   * @throws TokenRefusal if the JWT that it gave is revoked already, or none can be verified
   */
  async exchange(token: string): Promise<Exchanged> {
    try {
      const exchanged = await this.#ask(token);
      if (!this.claims.isStale(exchanged.user.user.id, exchanged.askedAt)) return exchanged;
    } catch (error) {
      if (!(error instanceof TokenRefusal && error.error.code === Code.UNAUTHENTICATED)) throw error;
    }
    return this.#ask(token);
  }

  async #ask(token: string): Promise<Exchanged> {
    const askedAt = performance.now();
    const { accessToken, subjectExpiresAt } = await this.auth.exchangeToken({ subjectToken: token, audience: [...SERVICES] });
    const user = await this.#verify(accessToken);
    const [ends, subjectEnds] = [user.expiresAt * 1000, subjectExpiresAt ? timestampMs(subjectExpiresAt) : 0];
    return { user, askedAt, endsAt: Math.min(ends, subjectEnds), last: subjectEnds <= ends };
  }

  async #verify(jwt: string): Promise<VerifiedToken> {
    try {
      return await this.tokens.verify(`Bearer ${jwt}`);
    } catch (error) {
      const { code, reason } = error instanceof TokenRefusal ? error.error : internal();
      if (code === Code.UNAVAILABLE || reason === 'TOKEN_REVOKED') throw error;
      // It is no fault of the client's that auth and the gateway do not agree.
      this.#log.error({ msg: 'a token that auth gave does not verify', err: error });
      throw internal();
    }
  }
}
