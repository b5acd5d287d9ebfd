import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Account } from '../account/account.entity.ts';
import { cleanup } from '../periodic/cleanup.ts';
import { SessionModule } from '../session/session.module.ts';
import { UserClaims } from '../token/user-claims.ts';
import { API, apiResource } from './api-resource.ts';
import { AuthorizationServer, SERVER_SETTINGS, type ServerSettings } from './authorization-server.ts';
import { FirstPartyTokens } from './first-party-tokens.ts';
import { Grants } from './grants.ts';
import { AuthorizationServerMount } from './mount.ts';
import { OAuthAccounts } from './oauth-accounts.ts';
import { CLIENT_SETTINGS, type ClientSettings, OAuthClients } from './oauth-clients.ts';
import { RecordStore } from './record-store.ts';

/** Keeps a record for an hour after it expired: until then the error can name the expiry. */
const expired = cleanup({
  task: 'authorization server record cleanup',
  pauseS: 600,
  statements: ["DELETE FROM oauth_record WHERE expires_at <= now() - interval '1 hour'"],
});

/** The OAuth 2 and OpenID Connect server, and the tokens that clients hold. */
@Module({})
export class OAuthModule {
  static forRoot(settings: ServerSettings & ClientSettings): DynamicModule {
    return {
      module: OAuthModule,
      global: true,
      imports: [TypeOrmModule.forFeature([Account]), SessionModule],
      providers: [
        { provide: SERVER_SETTINGS, useValue: settings },
        { provide: CLIENT_SETTINGS, useValue: settings },
        { provide: API, useValue: apiResource(settings.gatewayUrl) },
        AuthorizationServer,
        AuthorizationServerMount,
        FirstPartyTokens,
        Grants,
        OAuthAccounts,
        OAuthClients,
        expired,
        RecordStore,
        UserClaims,
      ],
      exports: [API, SERVER_SETTINGS, AuthorizationServer, FirstPartyTokens, Grants, OAuthAccounts, OAuthClients, RecordStore, UserClaims],
    };
  }
}
