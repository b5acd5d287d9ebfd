import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { tokenMistyped } from '@reputable/auth';
import { isWellFormed } from '@reputable/contracts';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import type { TokenCredential } from './credential.ts';
import { CredentialStrategy, type Validated } from './credential.strategy.ts';

/** The Passport strategy `personal-access-token` (P20): `curl -H "Authorization: Bearer rpt_pat_…"` or `curl -u me:rpt_pat_…`. */
@Injectable()
export class PersonalAccessTokenStrategy extends PassportStrategy(CredentialStrategy, 'personal-access-token') {
  constructor(readonly tokens: PhantomTokens) {
    super();
  }

  /**
   * The JWT for the personal access token. Synchronous if it is cached.
   *
   * @throws DomainError TOKEN_MISTYPED, before auth is called
   * @throws DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  validate({ token }: TokenCredential): Validated {
    const known = this.tokens.known(token);
    if (known) return known;
    if (!isWellFormed(token)) throw tokenMistyped();
    return this.tokens.verify(token);
  }
}
