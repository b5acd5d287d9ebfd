import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { tokenMistyped } from '@reputable/auth';
import { isWellFormed, PERSONAL_ACCESS_TOKEN_PREFIX } from '@reputable/contracts';
import { parse } from 'basic-auth';
import type { FastifyRequest } from 'fastify';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import { authorizationOf } from './authorization-header.ts';
import { RequestStrategy, type Validated } from './request.strategy.ts';

const BEARER = /^Bearer (\S+)$/i;

/** The token in `Authorization: Bearer`, or the password in `Authorization: Basic` (RFC 7617) with any user name, if it has the prefix. */
function personalAccessTokenIn(header: string): string | undefined {
  const token = BEARER.exec(header)?.[1] ?? parse(header)?.pass;
  return token?.startsWith(PERSONAL_ACCESS_TOKEN_PREFIX) ? token : undefined;
}

/** The Passport strategy `personal-access-token` (P20): `curl -H "Authorization: Bearer rpt_pat_…"` or `curl -u me:rpt_pat_…`. */
@Injectable()
export class PersonalAccessTokenStrategy extends PassportStrategy(RequestStrategy, 'personal-access-token') {
  constructor(readonly tokens: PhantomTokens) {
    super();
  }

  /**
   * The JWT for the personal access token; undefined without one. Synchronous if the JWT is cached.
   *
   * @throws DomainError TOKEN_MISTYPED, before auth is called
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate(request: FastifyRequest): Validated {
    const header = authorizationOf(request);
    const token = header === undefined ? undefined : personalAccessTokenIn(header);
    if (token === undefined) return undefined;
    const known = this.tokens.known(token);
    if (known) return known;
    if (!isWellFormed(token)) throw tokenMistyped();
    return this.tokens.verify(token);
  }
}
