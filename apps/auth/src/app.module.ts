import { Module } from '@nestjs/common';
import { AuthModule, Revocations } from '@reputable/auth';
import { ROLES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { DatabaseModule } from '@reputable/database';
import { authOptions, readConfig } from '@reputable/service';
import { AccountModule } from './account/account.module.ts';
import { Config } from './config.ts';
import { HttpAnswers } from './http.ts';
import { httpOverTls } from './http-over-tls.ts';
import { KeyModule } from './key/key.module.ts';
import { RevocationModule } from './revocation/revocation.module.ts';
import { schema } from './schema.ts';
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
      serves: [AuthService],
      revocations: { from: 'here', revocations },
      calls: [{ contract: UserService, service: 'user', url: config.USER_URL }],
      known: { roles: ROLES, services: SERVICES },
    }),
    DatabaseModule.forRoot({ ...schema, url: config.DATABASE_URL, migrateAtStart: config.MIGRATE_AT_START }),
    KeyModule.forRoot(config.KEY_ENCRYPTION_KEY),
    TokenModule.forRoot(config.ISSUER),
    RevocationModule.forRoot(revocations),
    AccountModule,
    SessionModule,
  ],
  providers: [HttpAnswers, httpOverTls(config.HOST, config.TLS_PORT)],
})
export class AppModule {}
