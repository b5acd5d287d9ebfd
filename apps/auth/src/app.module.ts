import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule, TokenRevocations } from '@reputable/auth';
import { ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { databaseOptions, DatabaseModule } from '@reputable/database';
import { authOptions } from '@reputable/service';
import { AccountModule } from './account/account.module.ts';
import { AuditModule } from './audit/audit.module.ts';
import { BackChannelModule } from './back-channel/back-channel.module.ts';
import { BrowserSessionModule } from './browser-session/browser-session.module.ts';
import { ChangeEmailModule } from './change-email/change-email.module.ts';
import { ChangePasswordModule } from './change-password/change-password.module.ts';
import { ClientModule } from './client/client.module.ts';
import type { Config } from './config.ts';
import { DataExportModule } from './data-export/data-export.module.ts';
import { DeleteAccountModule } from './delete-account/delete-account.module.ts';
import { HttpAnswers, httpBounds } from './http.ts';
import { httpOverTls } from './http-over-tls.ts';
import { IssuerEventModule } from './issuer-event/issuer-event.module.ts';
import { KeyModule } from './key/key.module.ts';
import { KeptClaimsModule } from './kept-claims/kept-claims.module.ts';
import { LinkedLogInModule } from './linked-log-in/linked-log-in.module.ts';
import { OutsideLogInModule } from './outside-log-in/outside-log-in.module.ts';
import { OutsideLogOutModule } from './outside-log-out/outside-log-out.module.ts';
import { OutsideProviderModule } from './outside-provider/outside-provider.module.ts';
import { MOUNT } from './provider/authorization-server.ts';
import { MailModule } from './mail/mail.module.ts';
import { OneTimeLinkModule } from './one-time-link/one-time-link.module.ts';
import { InteractionModule } from './interaction/interaction.module.ts';
import { PersonalAccessTokenModule } from './personal-access-token/personal-access-token.module.ts';
import { ProviderModule } from './provider/provider.module.ts';
import { ResetPasswordModule } from './reset-password/reset-password.module.ts';
import { RegistrationModule } from './registration/registration.module.ts';
import { RevocationModule } from './revocation/revocation.module.ts';
import { schema } from './schema.ts';
import { SessionModule } from './session/session.module.ts';
import { ThrottleModule } from './throttle/throttle.module.ts';
import { TokenIssuerModule } from './token-issuer/token-issuer.module.ts';
import { TokenModule } from './token/token.module.ts';
import { VerifyEmailModule } from './verify-email/verify-email.module.ts';

/** Fastify's options. */
export const httpOptions = ({ TRUSTED_PROXIES, MAX_CONNECTIONS }: Config) => ({
  ...httpBounds,
  maxConnections: MAX_CONNECTIONS,
  trustProxy: TRUSTED_PROXIES,
});

@Module({})
class AppModule {}

/** The root module for these settings. */
export function createAppModule(config: Config): DynamicModule {
  const revocations = new TokenRevocations(config.REVOCATION_GRACE_S * 1000);
  const publicUrl = config.ISSUER.replace(/\/$/, '');
  const issuer = `${publicUrl}${MOUNT}`;
  return {
    module: AppModule,
    imports: [
      AuthModule.forService({
        ...authOptions(config),
        service: 'auth',
        serves: [AuthService, BrowserSessionService],
        revocations: { from: 'here', revocations },
        calls: [
          { contract: UserService, service: 'user', url: config.USER_URL },
          { contract: PostService, service: 'post', url: config.POST_URL },
          { contract: CommentService, service: 'comment', url: config.COMMENT_URL },
        ],
        known: { roles: ROLES, scopes: SCOPES, services: SERVICES },
        // Each page of the log-in checks its own cookie or link.
        handlers: 'own guard',
      }),
      DatabaseModule.forRoot({ ...schema, ...databaseOptions(config) }),
      AuditModule.forRoot({ retentionDays: config.AUDIT_RETENTION_DAYS, trustDomain: config.TRUST_DOMAIN }),
      KeyModule.forRoot(config.KEY_ENCRYPTION_KEY),
      ClientModule.forRoot({ gatewayUrl: config.GATEWAY_URL, gatewaySecret: config.OIDC_CLIENT_SECRET }),
      BackChannelModule.forRoot(issuer),
      ProviderModule.forRoot(
        { issuer, encryptionKey: config.KEY_ENCRYPTION_KEY, servesWorkloads: config.TLS_PORT !== undefined },
        config.REFRESH_RETRY_S,
      ),
      TokenIssuerModule.forRoot(config.TOKEN_ISSUERS),
      TokenModule.forRoot(config.ISSUER),
      KeptClaimsModule.forRoot(config.CLAIMS_GRACE_S),
      RevocationModule.forRoot(revocations),
      MailModule.forRoot({ server: config.SMTP_URL, from: config.MAIL_FROM, withoutTls: config.SMTP_WITHOUT_TLS }),
      OneTimeLinkModule.forRoot(config.ISSUER),
      OutsideProviderModule.forRoot({ settings: config.OIDC_PROVIDERS, publicUrl }),
      ThrottleModule.forRoot({ limits: config, secret: config.KEY_ENCRYPTION_KEY }),
      AccountModule,
      RegistrationModule,
      InteractionModule,
      IssuerEventModule,
      ResetPasswordModule,
      ChangePasswordModule,
      ChangeEmailModule,
      DataExportModule,
      DeleteAccountModule,
      VerifyEmailModule,
      BrowserSessionModule,
      LinkedLogInModule,
      OutsideLogInModule,
      OutsideLogOutModule,
      PersonalAccessTokenModule,
      SessionModule,
    ],
    providers: [HttpAnswers, httpOverTls({ host: config.HOST, port: config.TLS_PORT, maxConnections: config.MAX_CONNECTIONS })],
  };
}
