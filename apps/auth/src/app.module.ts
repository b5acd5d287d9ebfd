import { Module } from '@nestjs/common';
import { AuthModule, Revocations } from '@reputable/auth';
import { ROLES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { UserService } from '@reputable/contracts/user/v1/user';
import { DatabaseModule } from '@reputable/database';
import { authOptions, readConfig } from '@reputable/service';
import { Account } from './account/account.entity.ts';
import { AccountModule } from './account/account.module.ts';
import { BrowserSession } from './browser-session/browser-session.entity.ts';
import { BrowserSessionModule } from './browser-session/browser-session.module.ts';
import { Config } from './config.ts';
import { HttpAnswers } from './http.ts';
import { KeyModule } from './key/key.module.ts';
import { SigningKey } from './key/signing-key.entity.ts';
import { CreateAccounts1763700000000 } from './migrations/1763700000000-create-accounts.ts';
import { CreateSigningKeys1763700000001 } from './migrations/1763700000001-create-signing-keys.ts';
import { CreateRevocations1763700000002 } from './migrations/1763700000002-create-revocations.ts';
import { CreateOAuthRecords1763700000003 } from './migrations/1763700000003-create-oauth-records.ts';
import { CreateBrowserSessions1763700000004 } from './migrations/1763700000004-create-browser-sessions.ts';
import { MOUNT } from './oauth/authorization-server.ts';
import { InteractionModule } from './oauth/interaction/interaction.module.ts';
import { OAuthModule } from './oauth/oauth.module.ts';
import { RevocationModule } from './revocation/revocation.module.ts';
import { Session } from './session/session.entity.ts';
import { SessionModule } from './session/session.module.ts';
import { TokenModule } from './token/token.module.ts';

export { http } from './http.ts';

export const config = readConfig(Config);

const revocations = new Revocations(config.REVOCATION_GRACE_S * 1000);

@Module({
  imports: [
    AuthModule.forService({
      ...authOptions(config),
      service: 'auth',
      serves: [AuthService, BrowserSessionService],
      revocations: { from: 'here', revocations },
      calls: [{ contract: UserService, service: 'user', url: config.USER_URL }],
      known: { roles: ROLES, services: SERVICES },
    }),
    DatabaseModule.forRoot({
      url: config.DATABASE_URL,
      entities: [Account, BrowserSession, Session, SigningKey],
      migrations: [
        CreateAccounts1763700000000,
        CreateSigningKeys1763700000001,
        CreateRevocations1763700000002,
        CreateOAuthRecords1763700000003,
        CreateBrowserSessions1763700000004,
      ],
    }),
    KeyModule.forRoot(config.KEY_ENCRYPTION_KEY),
    OAuthModule.forRoot({
      issuer: `${config.ISSUER.replace(/\/$/, '')}${MOUNT}`,
      encryptionKey: config.KEY_ENCRYPTION_KEY,
      gatewayUrl: config.GATEWAY_URL,
      gatewaySecret: config.OIDC_CLIENT_SECRET,
    }),
    TokenModule.forRoot(config.ISSUER),
    RevocationModule.forRoot(revocations),
    AccountModule,
    InteractionModule,
    BrowserSessionModule,
    SessionModule,
  ],
  providers: [HttpAnswers],
})
export class AppModule {}
