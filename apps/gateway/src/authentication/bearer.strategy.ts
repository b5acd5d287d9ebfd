import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import type { TokenCredential } from './credential.ts';
import { CredentialStrategy, type Validated } from './credential.strategy.ts';

/** The Passport strategy `bearer`: the opaque token in `Authorization: Bearer` (RFC 6750 §2.1). */
@Injectable()
export class BearerStrategy extends PassportStrategy(CredentialStrategy, 'bearer') {
  constructor(readonly tokens: PhantomTokens) {
    super();
  }

  /**
   * The JWT for the opaque token. Synchronous if it is cached.
   *
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate({ token }: TokenCredential): Validated {
    return this.tokens.known(token) ?? this.tokens.verify(token);
  }
}
