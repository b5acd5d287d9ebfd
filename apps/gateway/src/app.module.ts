import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { AuthModule } from '@reputable/auth';
import { ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { authOptions, revocationStream } from '@reputable/service';
import { AccountModule } from './account/account.module.ts';
import { ApiModule } from './api/api.module.ts';
import { ApiReferenceModule } from './api-reference/api-reference.module.ts';
import { AllowedApplicationModule } from './allowed-application/allowed-application.module.ts';
import { AuthenticationGuard } from './authentication/authentication.guard.ts';
import { AuthenticationModule } from './authentication/authentication.module.ts';
import { BrowserSessionModule } from './browser-session/browser-session.module.ts';
import { browserSessionOptions } from './browser-session/options.ts';
import { CommentModule } from './comment/comment.module.ts';
import type { Config } from './config.ts';
import { CorsModule } from './cors/cors.module.ts';
import { EmailModule } from './email/email.module.ts';
import { GraphiqlModule } from './graphiql/graphiql.module.ts';
import { graphqlOptions } from './graphql/graphql.options.ts';
import { HealthModule } from './health/health.module.ts';
import { HomeModule } from './home/home.module.ts';
import { ResponseHeaders } from './http/response-headers.ts';
import { LinkedLogInModule } from './linked-log-in/linked-log-in.module.ts';
import { Overload } from './overload/overload.ts';
import { PhantomTokenModule } from './phantom-token/phantom-token.module.ts';
import { PersonalAccessTokenModule } from './personal-access-token/personal-access-token.module.ts';
import { PostModule } from './post/post.module.ts';
import { SessionModule } from './session/session.module.ts';
import { UserModule } from './user/user.module.ts';

/**
 * Fastify's options. The largest body is a post of 30,000 characters in any JSON escaping. A request must arrive completely within ten seconds.
 */
export const httpOptions = ({ TRUSTED_PROXIES, MAX_CONNECTIONS }: Config) => ({
  bodyLimit: 256 * 1024,
  requestTimeout: 10_000,
  maxConnections: MAX_CONNECTIONS,
  trustProxy: TRUSTED_PROXIES,
});

/** The page at `/`. Production does not even load the code that forwards the launcher's page. */
async function homePage({ NODE_ENV, PLAYGROUND_SOCKET: socket }: Config, origin: string): Promise<DynamicModule> {
  if (NODE_ENV !== 'development' || socket === undefined) return { module: HomeModule };
  const { PlaygroundModule } = await import('./playground/playground.module.ts');
  return PlaygroundModule.forRoot({ origin, socket });
}

/** The services that resolvers call. */
const calledServices = (config: Config) => [
  { contract: AuthService, service: 'auth', url: config.AUTH_URL },
  { contract: UserService, service: 'user', url: config.USER_URL },
  { contract: PostService, service: 'post', url: config.POST_URL },
  { contract: CommentService, service: 'comment', url: config.COMMENT_URL },
];

@Module({})
class AppModule {}

/** The root module for these settings. */
export function createAppModule(config: Config): DynamicModule {
  const services = calledServices(config);
  const called = [...services, { contract: BrowserSessionService, service: 'auth', url: config.AUTH_URL }];
  const sessionOptions = browserSessionOptions(config);
  const browserSession = BrowserSessionModule.forRoot(sessionOptions);
  const authentication = AuthenticationModule.forRoot(browserSession, config.ISSUER_TOKENS);
  const isDevelopment = config.NODE_ENV === 'development';
  return {
    module: AppModule,
    imports: [
      AuthModule.forGateway({
        ...authOptions(config),
        service: 'gateway',
        revocations: revocationStream(config),
        known: { roles: ROLES, scopes: SCOPES, services: SERVICES },
        // AuthenticationGuard authenticates requests, services authorize calls.
        handlers: 'own guard',
        calls: called,
      }),
      PhantomTokenModule.forRoot(
        config.TOKENS_INSIDE,
        config.TRUST_DOMAIN,
        called.map(({ contract }) => contract),
      ),
      GraphQLModule.forRootAsync<MercuriusDriverConfig>({
        driver: MercuriusDriver,
        imports: [authentication],
        inject: [AuthenticationGuard],
        useFactory: ({ preHandler }: AuthenticationGuard) => graphqlOptions(preHandler, isDevelopment),
      }),
      HealthModule.forServices(services, config.WARM_UP_MS),
      authentication,
      homePage(config, sessionOptions.origin),
      AccountModule.forRoot(browserSession),
      ApiModule.forRoot(authentication),
      CommentModule,
      CorsModule,
      LinkedLogInModule,
      AllowedApplicationModule,
      EmailModule,
      PersonalAccessTokenModule,
      PostModule,
      SessionModule,
      UserModule,
      ...(isDevelopment ? [ApiReferenceModule, GraphiqlModule] : []),
    ],
    providers: [ResponseHeaders, Overload],
  };
}
