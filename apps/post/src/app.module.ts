import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '@reputable/auth';
import { ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { databaseOptions, DatabaseModule } from '@reputable/database';
import { authOptions, revocationStream } from '@reputable/service';
import type { Config } from './config.ts';
import { PostModule } from './post/post.module.ts';
import { schema } from './schema.ts';
import { VoteModule } from './vote/vote.module.ts';

@Module({})
class AppModule {}

/** The root module for these settings. */
export const createAppModule = (config: Config): DynamicModule => ({
  module: AppModule,
  imports: [
    AuthModule.forService({
      ...authOptions(config),
      revocations: revocationStream(config),
      service: 'post',
      serves: [PostService],
      known: { roles: ROLES, scopes: SCOPES, services: SERVICES },
      calls: [
        { contract: UserService, service: 'user', url: config.USER_URL },
        { contract: CommentService, service: 'comment', url: config.COMMENT_URL },
      ],
    }),
    DatabaseModule.forRoot({ ...schema, ...databaseOptions(config) }),
    PostModule,
    VoteModule.withLimit(config.VOTES_PER_MINUTE),
  ],
});
