import 'reflect-metadata';
import type { INestApplication, INestMicroservice, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SERVER_SECURITY, type ServerSecurity } from '@reputable/auth';
import { Logger, LoggerModule } from 'nestjs-pino';
import type { SerializedError } from 'pino';
import { ErrorFilter } from './error.filter.ts';
import { GrpcServer } from './grpc-server.ts';
import { StartLog } from './start-log.ts';
import { stopWithParent } from './stop-with-parent.ts';

/** What `runService` needs of a service's `app.module.ts`. */
export interface ServiceApp {
  /** The root module. It imports `AuthModule`. */
  readonly AppModule: Type;
  /** The settings. With PORT the service listens for HTTP; with GRPC_PORT, for gRPC. */
  readonly config: {
    readonly HOST: string;
    readonly LOG_LEVEL: string;
    readonly PORT?: number;
    readonly GRPC_PORT?: number;
  };
  /** Fastify's options, for services that listen for HTTP. */
  readonly http?: object;
}

/** The ports a service listens on. */
export interface Ports {
  grpc?: number;
  http?: number;
}

/**
 * Runs a service until it is told to stop. The whole of a `main.ts`:
 *
 * @example
 * await runService('post', () => import('./app.module.ts'));
 *
 * A service that cannot start says in a line why, and exits with 1. SIGTERM and SIGINT let the calls at hand finish, and then it exits with 0.
 */
export async function runService(name: string, load: () => Promise<ServiceApp>): Promise<void> {
  const running = stopWithParent();
  try {
    const service = await load();
    const { app, ports } = await start(name, service);
    running(app);
    process.send?.({ ready: ports });
  } catch (error) {
    for (const line of messageOf(error).split('\n')) console.error(`${name} does not start: ${line}`);
    process.exit(1);
  }
}

async function start(name: string, { AppModule, config, http }: ServiceApp) {
  const root = { module: class Root {}, imports: [logging(name, config.LOG_LEVEL), AppModule] };
  const options = { abortOnError: false, logger: new StartLog() };
  let server: GrpcServer | undefined;
  const strategy = (security: ServerSecurity) => ({ strategy: (server = new GrpcServer(security, config.HOST, config.GRPC_PORT ?? 0)) });

  const ports: Ports = {};
  let app: INestApplication | INestMicroservice;
  if (config.PORT === undefined) {
    const microservice = await NestFactory.createMicroservice(root, { ...options, useFactory: strategy, inject: [SERVER_SECURITY] });
    app = prepare(microservice);
    await microservice.listen();
  } else {
    const web = await createWebApp(root, options, http);
    app = prepare(web);
    if (config.GRPC_PORT !== undefined) web.connectMicroservice(strategy(web.get(SERVER_SECURITY)), { inheritAppConfig: true });
    await web.startAllMicroservices();
    ports.http = await listen(web, config.HOST, config.PORT);
  }
  if (server) {
    server.setServing(true);
    ports.grpc = server.port;
  }
  app.useLogger(app.get(Logger));
  app.get(Logger).log({ msg: 'ready', ports });
  return { app, ports };
}

function prepare<A extends INestApplication | INestMicroservice>(app: A): A {
  app.useGlobalFilters(new ErrorFilter());
  // By default it sends itself the signal again, which does nothing to the first process of a container.
  app.enableShutdownHooks([], { useProcessExit: true });
  return app;
}

/** Fastify is loaded by those that serve HTTP: the others do without its memory. */
async function createWebApp(root: object, options: object, http: object | undefined) {
  const { httpAdapter } = await import('./http-adapter.ts');
  return NestFactory.create(root, httpAdapter(http), options);
}

async function listen(app: INestApplication, host: string, port: number): Promise<number> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw new Error(`${host}:${String(port)} cannot be listened on (${messageOf(error)}). Is the port taken? PORT sets another.`, {
      cause: error,
    });
  }
  return Number(new URL(await app.getUrl()).port);
}

function logging(name: string, level: string) {
  return LoggerModule.forRoot({
    pinoHttp: {
      level,
      autoLogging: false,
      base: { service: name },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: errorToLog },
    },
  });
}

/** What an error says, and none of what it carries: that of a failed query has the row it was about, and every value. */
const errorToLog = ({ type, message, stack, code }: SerializedError) => ({ type, message, stack, code: code as unknown });

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
