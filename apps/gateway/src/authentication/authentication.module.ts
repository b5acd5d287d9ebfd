import { type DynamicModule, Module } from '@nestjs/common';
import { AuthenticationGuard, ISSUER_TOKENS } from './authentication.guard.ts';
import { BasicStrategy } from './basic.strategy.ts';
import { BearerStrategy } from './bearer.strategy.ts';
import { Proofs } from '../dpop/proofs.ts';
import { DpopStrategy } from './dpop.strategy.ts';
import { PersonalAccessTokenStrategy } from './personal-access-token.strategy.ts';
import { SessionStrategy } from './session.strategy.ts';

@Module({})
export class AuthenticationModule {
  /** @param browserSession the module of browser sessions @param issuerTokens whether tokens of other issuers are sent to auth (P24) */
  static forRoot(browserSession: DynamicModule, issuerTokens: boolean): DynamicModule {
    return {
      module: AuthenticationModule,
      imports: [browserSession],
      providers: [
        { provide: ISSUER_TOKENS, useValue: issuerTokens },
        AuthenticationGuard,
        BasicStrategy,
        BearerStrategy,
        DpopStrategy,
        PersonalAccessTokenStrategy,
        Proofs,
        SessionStrategy,
      ],
      exports: [AuthenticationGuard],
    };
  }
}
