import { type DynamicModule, Module } from '@nestjs/common';
import { OidcClient } from './oidc-client.ts';
import { AcceptedTokens } from './accepted-tokens.ts';
import { BrowserSessionController } from './browser-session.controller.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { BrowserUser } from './browser-user.ts';
import { LocalAccountsGuard } from './local-accounts.guard.ts';
import { LogIn } from './log-in.ts';
import { LogOut } from './log-out.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';
import { SessionVault } from './session-vault.ts';

@Module({})
export class BrowserSessionModule {
  static forRoot(options: BrowserSessionOptions): DynamicModule {
    return {
      module: BrowserSessionModule,
      // Guards of other modules need the options.
      global: true,
      controllers: [BrowserSessionController],
      providers: [
        { provide: BROWSER_SESSION_OPTIONS, useValue: options },
        AcceptedTokens,
        LocalAccountsGuard,
        OidcClient,
        BrowserSessions,
        BrowserUser,
        LogIn,
        LogOut,
        SessionVault,
      ],
      exports: [BROWSER_SESSION_OPTIONS, BrowserUser, LogOut],
    };
  }
}
