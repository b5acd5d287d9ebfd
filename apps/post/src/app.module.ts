import { Module } from '@nestjs/common';
import { AuthModule } from '@reputable/auth';
import { ROLES, SERVICES } from '@reputable/contracts';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { DatabaseModule } from '@reputable/database';
import { authOptions, readConfig, revocationStream } from '@reputable/service';
import { Config } from './config.ts';
import { CreatePosts1763700000000 } from './migrations/1763700000000-create-posts.ts';
import { Post } from './post/post.entity.ts';
import { PostModule } from './post/post.module.ts';
import { Vote } from './vote/vote.entity.ts';
import { VoteModule } from './vote/vote.module.ts';

export const config = readConfig(Config);

@Module({
  imports: [
    AuthModule.forService({
      ...authOptions(config),
      revocations: revocationStream(config),
      service: 'post',
      serves: [PostService],
      known: { roles: ROLES, services: SERVICES },
      calls: [{ contract: UserService, service: 'user', url: config.USER_URL }],
    }),
    DatabaseModule.forRoot({
      url: config.DATABASE_URL,
      entities: [Post, Vote],
      migrations: [CreatePosts1763700000000],
    }),
    PostModule,
    VoteModule,
  ],
})
export class AppModule {}
