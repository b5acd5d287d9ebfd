import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { opaqueTokenIn } from '../phantom-token/opaque-token.ts';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import { authorizationOf } from './authorization-header.ts';
import { RequestStrategy, type Validated } from './request.strategy.ts';

/** The Passport strategy `bearer`: the opaque token in `Authorization: Bearer` (RFC 6750 §2.1). */
@Injectable()
export class BearerStrategy extends PassportStrategy(RequestStrategy, 'bearer') {
  constructor(readonly tokens: PhantomTokens) {
    super();
  }

  /**
   * The JWT for the opaque token; undefined without one. Synchronous if the JWT is cached.
   *
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate(request: FastifyRequest): Validated {
    const header = authorizationOf(request);
    const token = header === undefined ? undefined : opaqueTokenIn(header);
    if (token === undefined) return undefined;
    return this.tokens.known(token) ?? this.tokens.verify(token);
  }
}
