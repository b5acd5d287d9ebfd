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
   * The JWT that the opaque token stands for; undefined if there is no header. No promise if the token is known.
   *
   * @throws TokenRefusal for several headers, another scheme, or a token that is not opaque, a JWT too
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate(request: FastifyRequest): Validated {
    // In `headers`, Node keeps the first of several.
    const [header, ...more] = request.raw.headersDistinct.authorization ?? [];
    if (header === undefined) return undefined;
    const token = more.length === 0 ? opaqueTokenIn(header) : undefined;
    if (token === undefined) throw new TokenRefusal(tokenInvalid(), 'not one opaque bearer token');
    return this.tokens.known(token) ?? this.tokens.verify(token);
  }
}
