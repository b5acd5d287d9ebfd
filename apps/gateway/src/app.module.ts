import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { AuthModule } from '@reputable/auth';
import { ROLES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { authOptions, readConfig, revocationStream } from '@reputable/service';
import { AuthenticationGuard } from './authentication/authentication.guard.ts';
import { AuthenticationModule } from './authentication/authentication.module.ts';
import { browserSessionOptions } from './browser-session/options.ts';
import { CommentModule } from './comment/comment.module.ts';
import { Config } from './config.ts';
import { graphqlOptions } from './graphql/graphql.options.ts';
import { HealthModule } from './health/health.module.ts';
import { ResponseHeaders } from './http/response-headers.ts';
import { PostModule } from './post/post.module.ts';
import { SessionModule } from './session/session.module.ts';
import { UserModule } from './user/user.module.ts';

export const config = readConfig(Config);

/** The largest body: a post of 30,000 characters, however its JSON is written, and some. A request is to arrive whole within ten seconds. */
export const http = { bodyLimit: 256 * 1024, requestTimeout: 10_000, trustProxy: config.TRUSTED_PROXIES };

const services = [
  { contract: AuthService, service: 'auth', url: config.AUTH_URL },
  { contract: UserService, service: 'user', url: config.USER_URL },
  { contract: PostService, service: 'post', url: config.POST_URL },
  { contract: CommentService, service: 'comment', url: config.COMMENT_URL },
];

const authentication = AuthenticationModule.forRoot(browserSessionOptions(config));

@Module({
  imports: [
    AuthModule.forGateway({
      ...authOptions(config),
      service: 'gateway',
      revocations: revocationStream(config),
      known: { roles: ROLES, services: SERVICES },
      calls: [...services, { contract: BrowserSessionService, service: 'auth', url: config.AUTH_URL }],
    }),
    GraphQLModule.forRootAsync<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      imports: [authentication],
      inject: [AuthenticationGuard],
      useFactory: ({ preHandler }: AuthenticationGuard) => graphqlOptions(preHandler, config.NODE_ENV === 'development'),
    }),
    HealthModule.forServices(services, config.TRUST_DOMAIN),
    authentication,
    CommentModule,
    PostModule,
    SessionModule,
    UserModule,
  ],
  providers: [ResponseHeaders],
})
export class AppModule {}
