import { decodeProtectedHeader } from 'jose';
import { ExtractJwt, Strategy, type SecretOrKeyProvider, type VerifiedCallback } from 'passport-jwt';
import { AccessTokenClaims, AccessTokenHeader, ALGORITHM, callerOf, CLOCK_SKEW_S, faultInTimes } from './access-token.ts';
import type { KeySource } from './key-source.ts';
import type { TokenExpectation } from './token-expectation.ts';

/**
 * The one place where access tokens are checked: a `passport-jwt` strategy that the gateway and every service use alike.
 * It follows RFC 8725 (JWT best current practices) and RFC 9068 (JWT access tokens), in this order:
 *
 * 1. the header, before anything is looked up: pinned algorithm, `typ`, a `kid`, nothing else;
 * 2. the key, by `kid`, from the issuer's JWKS alone;
 * 3. signature, `iss`, `aud`, `exp`, `nbf` (jsonwebtoken);
 * 4. all claims there and of their type; the lifetime within the cap.
 */
export class AccessTokenStrategy extends Strategy {
  constructor(keys: KeySource, { issuer, audience }: TokenExpectation) {
    super(
      {
        jwtFromRequest: ExtractJwt.fromHeader('authorization'),
        secretOrKeyProvider: keyProvider(keys),
        algorithms: [ALGORITHM],
        issuer,
        audience,
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- passport-jwt has no other way to ask for the header and the skew
        jsonWebTokenOptions: { complete: true, clockTolerance: CLOCK_SKEW_S },
      },
      verifyClaims,
    );
  }
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

function verifyClaims({ payload }: { payload: unknown }, done: VerifiedCallback): void {
  const claims = AccessTokenClaims.safeParse(payload);
  if (!claims.success) {
    done(null, false, claims.error);
    return;
  }
  const fault = faultInTimes(claims.data);
  if (fault) done(null, false, new Error(fault));
  else done(null, { caller: callerOf(claims.data), issuedAt: claims.data.iat, expiresAt: claims.data.exp });
}
