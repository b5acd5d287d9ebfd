import { Module } from '@nestjs/common';
import { AuthModule, Revocations } from '@reputable/auth';
import { ROLES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { DatabaseModule } from '@reputable/database';
import { authOptions, readConfig } from '@reputable/service';
import { Account } from './account/account.entity.ts';
import { AccountModule } from './account/account.module.ts';
import { Config } from './config.ts';
import { HttpAnswers } from './http.ts';
import { KeyModule } from './key/key.module.ts';
import { SigningKey } from './key/signing-key.entity.ts';
import { CreateAccounts1763700000000 } from './migrations/1763700000000-create-accounts.ts';
import { CreateSigningKeys1763700000001 } from './migrations/1763700000001-create-signing-keys.ts';
import { CreateRevocations1763700000002 } from './migrations/1763700000002-create-revocations.ts';
import { CreateAttempts1763700000005 } from './migrations/1763700000005-create-attempts.ts';
import { RevocationModule } from './revocation/revocation.module.ts';
import { RefreshToken } from './session/refresh-token.entity.ts';
import { Session } from './session/session.entity.ts';
import { SessionModule } from './session/session.module.ts';
import { ThrottleModule } from './throttle/throttle.module.ts';
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
    DatabaseModule.forRoot({
      url: config.DATABASE_URL,
      entities: [Account, Session, RefreshToken, SigningKey],
      migrations: [
        CreateAccounts1763700000000,
        CreateSigningKeys1763700000001,
        CreateRevocations1763700000002,
        CreateAttempts1763700000005,
      ],
    }),
    KeyModule.forRoot(config.KEY_ENCRYPTION_KEY),
    TokenModule.forRoot(config.ISSUER),
    RevocationModule.forRoot(revocations),
    ThrottleModule.forRoot({ limits: config, secret: config.KEY_ENCRYPTION_KEY }),
    AccountModule,
    SessionModule,
  ],
  providers: [HttpAnswers],
})
export class AppModule {}
