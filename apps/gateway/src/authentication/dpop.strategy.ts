import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { VerifiedToken } from '@reputable/auth';
import { Proofs } from '../dpop/proofs.ts';
import { PhantomTokens } from '../phantom-token/phantom-tokens.ts';
import type { ProvenCredential } from './credential.ts';
import { CredentialStrategy } from './credential.strategy.ts';

/** The Passport strategy `dpop`: an opaque token in `Authorization: DPoP`, and a proof of the key that it is bound to (RFC 9449 §7.1). */
@Injectable()
export class DpopStrategy extends PassportStrategy(CredentialStrategy, 'dpop') {
  constructor(
    readonly tokens: PhantomTokens,
    readonly proofs: Proofs,
  ) {
    super();
  }

  /**
   * The JWT for the opaque token, after its proof.
   *
   * @throws DomainError as {@link Proofs.check}; DomainError or TokenRefusal, as {@link PhantomTokens.verify}
   */
  async validate({ token, request }: ProvenCredential): Promise<VerifiedToken> {
    const key = await this.proofs.check(request, token);
    return this.tokens.known(token, key) ?? this.tokens.verify(token, key);
  }
}
