import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import type { ClientCredentials } from '../phantom-token/token-exchange.ts';
import { CredentialStrategy, type Validated } from './credential.strategy.ts';

/**
 * The Passport strategy `basic` (P21): the id and the secret of an API client in `Authorization: Basic` (RFC 7617). They are never the
 * password of a user.
 */
@Injectable()
export class BasicStrategy extends PassportStrategy(CredentialStrategy, 'basic') {
  constructor(readonly tokens: PhantomTokens) {
    super();
  }

  /**
   * The JWT for the client's credentials. Synchronous if it is cached.
   *
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate(credentials: ClientCredentials): Validated {
    return this.tokens.known(credentials) ?? this.tokens.verify(credentials);
  }
}
