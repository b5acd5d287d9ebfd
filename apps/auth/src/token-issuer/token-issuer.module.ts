import { type DynamicModule, Module } from '@nestjs/common';
import { LinkedLogInModule } from '../linked-log-in/linked-log-in.module.ts';
import { AccountModule } from '../account/account.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { IssuerSessions } from './issuer-sessions.ts';
import type { TokenIssuerSettings } from './token-issuers.field.ts';
import { TOKEN_ISSUERS, TokenIssuers } from './token-issuers.ts';

/** The access tokens of other issuers (P24). */
@Module({})
export class TokenIssuerModule {
  static forRoot(settings: readonly TokenIssuerSettings[]): DynamicModule {
    return {
      module: TokenIssuerModule,
      global: true,
      imports: [AccountModule, LinkedLogInModule, SessionModule],
      providers: [{ provide: TOKEN_ISSUERS, useValue: settings }, TokenIssuers, IssuerSessions],
      exports: [TokenIssuers, IssuerSessions],
    };
  }
}
