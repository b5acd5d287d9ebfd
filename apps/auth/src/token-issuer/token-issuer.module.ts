import { type DynamicModule, Module } from '@nestjs/common';
import { LinkedLogInModule } from '../linked-log-in/linked-log-in.module.ts';
import { AccountModule } from '../account/account.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { cleanup } from '../periodic/cleanup.ts';
import { IssuerLogOuts } from './issuer-log-outs.ts';
import { IssuerSessions } from './issuer-sessions.ts';
import type { TokenIssuerSettings } from './token-issuers.field.ts';
import { TOKEN_ISSUERS, TokenIssuers } from './token-issuers.ts';

/** Longer than a token of another issuer can live: a day. */
const old = cleanup({
  task: 'issuer log-out cleanup',
  pauseS: 3_600,
  rows: [{ table: 'issuer_log_out', where: "ended_at <= now() - interval '25 hours'" }],
});

/** The access tokens of other issuers (P24). */
@Module({})
export class TokenIssuerModule {
  static forRoot(settings: readonly TokenIssuerSettings[]): DynamicModule {
    return {
      module: TokenIssuerModule,
      global: true,
      imports: [AccountModule, LinkedLogInModule, SessionModule],
      providers: [{ provide: TOKEN_ISSUERS, useValue: settings }, TokenIssuers, IssuerSessions, IssuerLogOuts, old],
      exports: [TOKEN_ISSUERS, TokenIssuers, IssuerSessions, IssuerLogOuts],
    };
  }
}
