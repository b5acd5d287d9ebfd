import { Module } from '@nestjs/common';
import { AuthModule } from '@reputable/auth';
import { ROLES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { DatabaseModule } from '@reputable/database';
import { authOptions, readConfig, revocationStream } from '@reputable/service';
import { Config } from './config.ts';
import { CreateProfiles1763700000000 } from './migrations/1763700000000-create-profiles.ts';
import { Profile } from './profile/profile.entity.ts';
import { ProfileModule } from './profile/profile.module.ts';
import { ReputationEvent } from './reputation/reputation-event.entity.ts';
import { ReputationModule } from './reputation/reputation.module.ts';

export const config = readConfig(Config);

@Module({
  imports: [
    AuthModule.forService({
      ...authOptions(config),
      revocations: revocationStream(config),
      service: 'user',
      serves: [UserService],
      calls: [{ contract: AuthService, service: 'auth', url: config.AUTH_URL }],
      known: { roles: ROLES, services: SERVICES },
    }),
    DatabaseModule.forRoot({
      url: config.DATABASE_URL,
      entities: [Profile, ReputationEvent],
      migrations: [CreateProfiles1763700000000],
    }),
    ProfileModule,
    ReputationModule,
  ],
})
export class AppModule {}
