import { PassportStrategy } from '@nestjs/passport';
import { decodeProtectedHeader } from 'jose';
import { type SecretOrKeyProvider, Strategy } from 'passport-jwt';
import type { RevocationCheck } from './revocation-check.ts';
import { AccessTokenClaims, AccessTokenHeader, ALGORITHM, CLOCK_SKEW_S, faultInTimes, userOf, type VerifiedToken } from './access-token.ts';
import type { KeySource } from './key-source.ts';
import type { TokenExpectation } from './token-expectation.ts';
import { revoked, type TokenRefusal } from './token-refusal.ts';

/** Longer than any access token of ours, in characters. A longer header is refused before it is parsed. */
const MAX_LENGTH = 8_192;

/** Three parts of base64url (RFC 7515 §7.1), and nothing else: other spellings of the same bytes are not the same token. */
const BEARER = /^Bearer ([\w-]{1,1024}\.[\w-]+\.[\w-]+)$/i;

/** The part of a request that the strategy reads: one `Authorization` header. */
export interface AuthorizedRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

/**
 * The Passport strategy `jwt`: the one place where access tokens are checked, in the gateway and in every service. The gRPC server
 * interceptor uses it through the `TokenVerifier`; an HTTP controller uses it by Nest's `AuthGuard('jwt')`.
 * It follows RFC 8725 (JWT best current practices) and RFC 9068 (JWT access tokens), in this order:
 *
 * 1. the header, before any key is fetched: pinned algorithm, `typ`, a `kid`, nothing else;
 * 2. the key, by `kid`, from the issuer's JWKS alone;
 * 3. signature, `iss`, `aud`, `exp`, `nbf` (jsonwebtoken);
 * 4. all claims present and of their type; the lifetime within the cap;
 * 5. the revocations.
 *
 * Nest registers the strategy under its name for the whole process: `AuthGuard('jwt')` needs a process of its own for each app.
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

  /** Checks what the signature does not: claims, times, revocation. Returns the token, or `false` with the fault, as Passport expects it. */
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

/** The JWT in an `Authorization` header (RFC 6750 §2.1); undefined if there is none in compact form, or one that is too long. */
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
