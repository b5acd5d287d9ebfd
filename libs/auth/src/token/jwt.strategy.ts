import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import type { Issuers } from '../issuer/issuers.ts';
import type { VerifiedToken } from './access-token.ts';
import type { RevocationCheck } from './revocation-check.ts';
import { revoked } from './token-refusal.ts';

/** The longest accepted `Authorization` header, in characters. A longer header is not parsed. */
const MAX_LENGTH = 8_192;

/** A JWS in compact form: three parts in base64url (RFC 7515 §7.1). Other spellings of the same bytes are refused. */
const BEARER = /^Bearer ([\w-]{1,1024}\.[\w-]+\.[\w-]+)$/i;

/** The part of a request that the strategy reads. */
export interface AuthorizedRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

/**
 * The Passport strategy `jwt` verifies every access token, in the gateway and in every service. The gRPC server interceptor uses it through
 * the `TokenVerifier`, HTTP controllers through Nest's `AuthGuard('jwt')`. Each token is verified by the rules of its own issuer
 * ({@link Issuers.verify}: RFC 8725, RFC 9068), then checked for revocation.
 *
 * Nest registers the strategy under its name for the whole process, so `AuthGuard('jwt')` allows one app per process.
 */
export class JwtStrategy extends PassportStrategy(passport.Strategy, 'jwt') {
  constructor(
    readonly issuers: Issuers,
    readonly revocations: RevocationCheck,
  ) {
    super();
  }

  override authenticate(request: AuthorizedRequest): void {
    this.validate(request).then(
      (token) => {
        // Behind Nest's AuthGuard, no rule compares the transaction with the handler.
        if (token.transaction) this.fail(new Error('a Transaction Token is for rpcs alone'));
        else this.success(token);
      },
      (fault: unknown) => {
        this.fail(fault as Error);
      },
    );
  }

  /**
   * The verified token of a request.
   *
   * @throws Error with the fault, or `TokenRefusal` if the token is revoked
   */
  async validate({ headers }: AuthorizedRequest): Promise<VerifiedToken> {
    const token = { ...(await this.issuers.verify(jwtIn(headers.authorization))), authorization: headers.authorization ?? '' };
    const refusal = this.revocations.refusalOf(token);
    if (refusal) throw revoked(token, refusal);
    return token;
  }
}

/** The JWT in an `Authorization` header (RFC 6750 §2.1). */
function jwtIn(authorization = ''): string {
  const jwt = authorization.length > MAX_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
  if (jwt === undefined) throw new Error('Authorization is not a bearer JWT');
  return jwt;
}
