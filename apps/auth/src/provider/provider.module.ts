import { type DynamicModule, Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { ConsentModule } from '../consent/consent.module.ts';
import { OutsideSessionModule } from '../outside-session/outside-session.module.ts';
import { RecordModule } from '../record/record.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { AuthorizationServer, SERVER_SETTINGS, type ServerSettings } from './authorization-server.ts';
import { Grants } from './grants.ts';
import { AuthorizationServerMount } from './mount.ts';
import { OAuthAccounts } from './oauth-accounts.ts';
import { REFRESH_RETRY, RefreshAnswers } from './refresh-answers.ts';
import { Workloads } from './workloads.ts';

/** The OAuth 2 and OpenID Connect provider. */
@Module({})
export class ProviderModule {
  /** @param refreshRetryS how long a refresh token can be used again, in seconds */
  static forRoot(settings: ServerSettings, refreshRetryS: number): DynamicModule {
    const retry = { seconds: refreshRetryS, encryptionKey: settings.encryptionKey };
    return {
      module: ProviderModule,
      global: true,
      imports: [AccountModule, ConsentModule, OutsideSessionModule, RecordModule, SessionModule],
      providers: [
        { provide: SERVER_SETTINGS, useValue: settings },
        { provide: REFRESH_RETRY, useValue: retry },
        AuthorizationServer,
        AuthorizationServerMount,
        Grants,
        OAuthAccounts,
        RefreshAnswers,
        Workloads,
      ],
      exports: [SERVER_SETTINGS, AuthorizationServer, Grants, OAuthAccounts, RefreshAnswers, Workloads],
    };
  }
}
