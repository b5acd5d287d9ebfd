import { PassportStrategy } from '@nestjs/passport';
import { decodeProtectedHeader } from 'jose';
import { type SecretOrKeyProvider, Strategy } from 'passport-jwt';
import type { RevocationCheck } from './revocation-check.ts';
import { AccessTokenClaims, AccessTokenHeader, ALGORITHM, CLOCK_SKEW_S, faultInTimes, userOf, type VerifiedToken } from './access-token.ts';
import type { KeySource } from './key-source.ts';
import type { TokenExpectation } from './token-expectation.ts';
import { revoked, type TokenRefusal } from './token-refusal.ts';

/** The longest accepted `Authorization` header, in characters. Our access tokens are shorter. A longer header is not parsed. */
const MAX_LENGTH = 8_192;

/** A JWS in compact form: three parts in base64url (RFC 7515 §7.1). Other spellings of the same bytes are refused. */
const BEARER = /^Bearer ([\w-]{1,1024}\.[\w-]+\.[\w-]+)$/i;

/** The part of a request that the strategy reads. */
export interface AuthorizedRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

/**
 * The Passport strategy `jwt` verifies every access token, in the gateway and in every service. The gRPC server interceptor uses it through
 * the `TokenVerifier`, HTTP controllers through Nest's `AuthGuard('jwt')`. It implements RFC 8725 (JWT best current practices) and
 * RFC 9068 (JWT access tokens), and checks in this order:
 *
 * 1. the header, before it fetches a key: the pinned algorithm, `typ`, `kid` and no other parameter;
 * 2. the key: by `kid`, only from the issuer's JWKS;
 * 3. signature, `iss`, `aud`, `exp`, `nbf` (jsonwebtoken);
 * 4. the claims: all present, each of its type, the lifetime within {@link MAX_LIFETIME_S};
 * 5. the revocations.
 *
 * Nest registers the strategy under its name for the whole process, so `AuthGuard('jwt')` allows one app per process.
 */
export class JwtStrategy extends PassportStrategy<typeof Strategy, VerifiedToken, VerifiedToken | [false, Error]>(Strategy, 'jwt') {
  constructor(
    keys: KeySource,
    { issuer, audience }: TokenExpectation,
    readonly revocations: RevocationCheck,
  ) {
    super({
      jwtFromRequest: ({ headers }: AuthorizedRequest) => jwtIn(headers.authorization) ?? null,
      secretOrKeyProvider: keyProvider(keys),
      algorithms: [ALGORITHM],
      issuer,
      audience,
      passReqToCallback: true,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- passport-jwt has no other way to ask for the header and the skew
      jsonWebTokenOptions: { complete: true, clockTolerance: CLOCK_SKEW_S },
    });
  }

  /** Checks claims, times and revocation. Returns the token, or `false` with the fault, as Passport expects. */
  validate({ headers }: AuthorizedRequest, { payload }: { payload: unknown }): VerifiedToken | [false, Error | TokenRefusal] {
    const claims = AccessTokenClaims.safeParse(payload);
    if (!claims.success) return [false, claims.error];
    const fault = faultInTimes(claims.data);
    if (fault) return [false, new Error(fault)];
    const { iat: issuedAt, exp: expiresAt } = claims.data;
    const token = { user: userOf(claims.data), authorization: headers.authorization ?? '', issuedAt, expiresAt };
    const refusal = this.revocations.refusalOf(token);
    return refusal ? [false, revoked(token, refusal)] : token;
  }
}

/** The JWT in an `Authorization` header (RFC 6750 §2.1); undefined if the header is missing, too long or not a compact JWS. */
function jwtIn(authorization: string | undefined): string | undefined {
  return authorization === undefined || authorization.length > MAX_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
}

function keyProvider(keys: KeySource): SecretOrKeyProvider {
  return (_request, token: string, done) => {
    void lookUp(keys, token).then(
      (key) => {
        done(null, key as never);
      },
      (error: unknown) => {
        done(error);
      },
    );
  };
}

const lookUp = async (keys: KeySource, token: string) => keys.get(AccessTokenHeader.parse(decodeProtectedHeader(token)));
