import { type DynamicModule, Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { PersonalAccessTokenModule } from '../personal-access-token/personal-access-token.module.ts';
import { RecordModule } from '../record/record.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { AccessTokens, ISSUER } from './access-tokens.ts';
import { ClientExchangeService } from './client-exchange.service.ts';
import { TokenExchangeService } from './token-exchange.service.ts';
import { FirstPartyTokens } from './first-party-tokens.ts';
import { LogInService } from './log-in.service.ts';
import { TokenController } from './token.controller.ts';
import { TransactionTokenController } from './transaction-token.controller.ts';
import { TransactionTokenGrant } from './transaction-token.grant.ts';
import { TransactionTokens } from './transaction-tokens.ts';

/** The tokens: opaque ones for our own clients, and the JWTs that services get for any opaque one. */
@Module({})
export class TokenModule {
  /** @param issuer the `iss` of the JWTs */
  static forRoot(issuer: string): DynamicModule {
    return {
      module: TokenModule,
      global: true,
      imports: [AccountModule, PersonalAccessTokenModule, RecordModule, SessionModule],
      controllers: [TokenController, TransactionTokenController],
      providers: [
        { provide: ISSUER, useValue: issuer },
        AccessTokens,
        ClientExchangeService,
        TokenExchangeService,
        FirstPartyTokens,
        LogInService,
        TransactionTokenGrant,
        TransactionTokens,
      ],
      exports: [FirstPartyTokens],
    };
  }
}
