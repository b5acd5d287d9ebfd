import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '@reputable/auth';
import { ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { databaseOptions, DatabaseModule } from '@reputable/database';
import { authOptions, revocationStream } from '@reputable/service';
import type { Config } from './config.ts';
import { ProfileModule } from './profile/profile.module.ts';
import { ReputationModule } from './reputation/reputation.module.ts';
import { schema } from './schema.ts';

@Module({})
class AppModule {}

/** The root module for these settings. */
export const createAppModule = (config: Config): DynamicModule => ({
  module: AppModule,
  imports: [
    AuthModule.forService({
      ...authOptions(config),
      revocations: revocationStream(config),
      service: 'user',
      serves: [UserService],
      calls: [{ contract: AuthService, service: 'auth', url: config.AUTH_URL }],
      known: { roles: ROLES, scopes: SCOPES, services: SERVICES },
    }),
    DatabaseModule.forRoot({ ...schema, ...databaseOptions(config) }),
    ProfileModule,
    ReputationModule,
  ],
});
