import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import type { TokenCredential } from './credential.ts';
import { CredentialStrategy, type Validated } from './credential.strategy.ts';

/** The Passport strategy `bearer`: the token in `Authorization: Bearer` (RFC 6750 §2.1), of auth or of another issuer (P24). */
@Injectable()
export class BearerStrategy extends PassportStrategy(CredentialStrategy, 'bearer') {
  constructor(readonly tokens: PhantomTokens) {
    super();
  }

  /**
   * The JWT for the token. Synchronous if it is cached.
   *
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate({ token, address }: TokenCredential): Validated {
    const credential = address ? { token, address } : token;
    return this.tokens.known(credential) ?? this.tokens.verify(credential);
  }
}
