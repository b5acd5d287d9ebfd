import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { parse } from 'basic-auth';
import type { FastifyRequest } from 'fastify';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import { authorizationOf } from './authorization-header.ts';
import { RequestStrategy, type Validated } from './request.strategy.ts';

/**
 * The Passport strategy `basic` (P21): the id and the secret of an API client in `Authorization: Basic` (RFC 7617). They are never the
 * password of a user. {@link PersonalAccessTokenStrategy} comes first and takes the passwords that are personal access tokens.
 */
@Injectable()
export class BasicStrategy extends PassportStrategy(RequestStrategy, 'basic') {
  constructor(readonly tokens: PhantomTokens) {
    super();
  }

  /**
   * The JWT for the client's credentials; undefined without them. Synchronous if the JWT is cached.
   *
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate(request: FastifyRequest): Validated {
    const header = authorizationOf(request);
    const { name: clientId = '', pass: clientSecret = '' } = (header === undefined ? undefined : parse(header)) ?? {};
    if (clientId === '' || clientSecret === '') return undefined;
    const credential = { clientId, clientSecret, address: request.ip };
    return this.tokens.known(credential) ?? this.tokens.verify(credential);
  }
}
