import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { TokenRefusal, tokenInvalid } from '@reputable/auth';
import type { FastifyRequest } from 'fastify';
import { opaqueTokenIn } from '../phantom-token/opaque-token.ts';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import { RequestStrategy, type Validated } from './request.strategy.ts';

/** The Passport strategy `bearer`: the opaque token in `Authorization: Bearer` (RFC 6750 §2.1). */
@Injectable()
export class BearerStrategy extends PassportStrategy(RequestStrategy, 'bearer') {
  constructor(readonly tokens: PhantomTokens) {
    super();
  }

  /**
   * The JWT for the opaque token; undefined without a header. Synchronous if the JWT is cached.
   *
   * @throws TokenRefusal for several headers, another scheme, a JWT, or any other token that is not opaque
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate(request: FastifyRequest): Validated {
    // `headers` contains only the first of several.
    const [header, ...more] = request.raw.headersDistinct.authorization ?? [];
    if (header === undefined) return undefined;
    const token = more.length === 0 ? opaqueTokenIn(header) : undefined;
    if (token === undefined) throw new TokenRefusal(tokenInvalid(), 'expected one opaque bearer token');
    return this.tokens.known(token) ?? this.tokens.verify(token);
  }
}
