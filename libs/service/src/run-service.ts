import 'reflect-metadata';
import type { Server } from '@grpc/grpc-js';
import type { DynamicModule, INestApplication, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CertificateWatch, DomainErrorFilter, securedGrpc, SERVER_SECURITY, type ServerSecurity } from '@reputable/auth';
import { databaseUnavailable } from '@reputable/errors';
import { Logger, LoggerModule } from 'nestjs-pino';
import type { SerializedError } from 'pino';
import type { z } from 'zod';
import { readConfig } from './config.ts';
import { Drain } from './drain.ts';
import { FURTHER_HEALTH, GrpcHealth, type HealthPart } from './grpc-health.ts';
import type { HttpOptions } from './http-adapter.ts';
import { followRoots } from './https-roots.ts';
import { limitHeapGrowth } from './heap-growth.ts';
import { listenAddress } from './listen-address.ts';
import { messageOf } from './message-of.ts';
import { isOutage } from './outage.ts';
import { releaseMemoryOfStart } from './release-memory.ts';
import { StartLog } from './start-log.ts';
import { OpenTelemetry, openTelemetry, type TelemetrySettings } from './open-telemetry.ts';
import { spanFields } from './span-fields.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { stopWithParent } from './stop-with-parent.ts';

/** The settings that `runService` reads. With PORT the service listens for HTTP; with GRPC_PORT, for gRPC. */
interface ListenSettings extends TelemetrySettings {
  readonly HOST: string;
  readonly LOG_LEVEL: string;
  readonly SHUTDOWN_DELAY_MS: number;
  readonly NODE_ENV: 'production' | 'development';
  readonly PORT?: number;
  readonly GRPC_PORT?: number;
}

/** The exports of a service's `app.module.ts`. */
export interface ServiceApp<Settings> {
  /** The root module for these settings. It imports `AuthModule`. */
  readonly createAppModule: (config: Settings) => DynamicModule;
  /** Fastify's options, for services that listen for HTTP. */
  readonly httpOptions?: (config: Settings) => HttpOptions;
}

/** The ports a service listens on. */
export interface Ports {
  grpc?: number;
  http?: number;
  /** The port of `/metrics`. */
  metrics?: number;
}

/**
 * Runs a service until it receives SIGTERM or SIGINT. The whole of a `main.ts`:
 *
 * @example
 * await runService('post', Config, () => import('./app.module.ts'));
 *
 * It reads the settings from the environment. If the service cannot start, it prints the reason and exits with 1. On a signal it drains for
 * SHUTDOWN_DELAY_MS, lets open calls finish and exits with 0.
 *
 * @param settings the schema of the service's settings
 * @param load imports the app, after the settings have been validated
 */
export async function runService<Settings extends z.ZodObject>(
  name: string,
  settings: Settings,
  load: () => Promise<ServiceApp<z.output<Settings>>>,
): Promise<void> {
  const running = stopWithParent();
  limitHeapGrowth();
  try {
    const config = readConfig(settings);
    // Before the app is imported: libraries may look for a tracer once.
    const telemetry = await listening('METRICS_PORT', openTelemetry(name, config as unknown as TelemetrySettings));
    const { createAppModule, httpOptions } = await load();
    const { app, ports } = await start(
      name,
      createAppModule(config),
      config as unknown as ListenSettings,
      httpOptions?.(config),
      telemetry,
    );
    running(app);
    process.send?.({ ready: ports });
    releaseMemoryOfStart();
  } catch (error) {
    for (const line of messageOf(error).split('\n')) console.error(`${name} does not start: ${line}`);
    process.exit(1);
  }
}

async function start(
  name: string,
  appModule: DynamicModule,
  settings: ListenSettings,
  httpOptions: HttpOptions | undefined,
  telemetry: OpenTelemetry | undefined,
) {
  const health = {
    provide: GrpcHealth,
    useFactory: (security?: ServerSecurity, further?: HealthPart) => security && new GrpcHealth(security, further),
    inject: [
      { token: SERVER_SECURITY, optional: true },
      { token: FURTHER_HEALTH, optional: true },
    ],
  };
  const roots = {
    provide: Symbol('roots for HTTPS'),
    useFactory: (certificate?: CertificateWatch) => {
      if (certificate) followRoots(certificate);
    },
    inject: [{ token: CertificateWatch, optional: true }],
  };
  const drain = new Drain(settings.SHUTDOWN_DELAY_MS);
  const root = {
    module: class Root {},
    imports: [logging(name, settings.LOG_LEVEL, telemetry), stopping(drain), appModule],
    providers: [health, roots, ...(telemetry ? [{ provide: OpenTelemetry, useValue: telemetry }] : [])],
  };
  const options = { abortOnError: false, logger: new StartLog() };
  const ports: Ports = telemetry?.metrics?.port === undefined ? {} : { metrics: telemetry.metrics.port };
  const addReflection = settings.NODE_ENV === 'development' && settings.GRPC_PORT !== undefined ? await reflection() : undefined;
  const grpc = securedGrpc({
    url: listenAddress(settings.HOST, settings.GRPC_PORT ?? 0),
    onListening: (port) => {
      ports.grpc = port;
    },
    onLoadPackageDefinition: (_definition, server: Server) => {
      app.get(GrpcHealth).addTo(server);
      addReflection?.(server, app.get<ServerSecurity>(SERVER_SECURITY).serves);
    },
  });
  let app: INestApplication | INestMicroservice;
  if (settings.PORT === undefined) {
    const microservice = await NestFactory.createMicroservice(root, { ...options, ...grpc });
    app = prepare(microservice, drain);
    await listening('GRPC_PORT', microservice.listen());
  } else {
    const web = await createWebApp(root, options, { ...httpOptions, drain }, telemetry !== undefined);
    app = prepare(web, drain);
    if (settings.GRPC_PORT !== undefined) web.connectMicroservice(grpc.useFactory(web.get(SERVER_SECURITY)), { inheritAppConfig: true });
    // Otherwise Nest serves rpcs before the hooks of the modules have run.
    await web.init();
    await listening('GRPC_PORT', web.startAllMicroservices());
    await listening('PORT', web.listen(settings.PORT, settings.HOST));
    ports.http = Number(new URL(await web.getUrl()).port);
  }
  if (ports.grpc !== undefined) {
    app.get(GrpcHealth).setServing(true);
    drain.onBegin(() => app.get(GrpcHealth).setServing(false));
  }
  app.useLogger(app.get(Logger));
  app.get(Logger).log({ msg: 'ready', ports });
  return { app, ports };
}

/** Imports reflection only in development. */
async function reflection() {
  const { loadReflection } = await import('./grpc-reflection.ts');
  return loadReflection();
}

/** Lets the app see whether the service is about to stop. */
const stopping = (drain: Drain): DynamicModule => ({
  module: class Stopping {},
  global: true,
  providers: [{ provide: Drain, useValue: drain }],
  exports: [Drain],
});

function prepare<A extends INestApplication | INestMicroservice>(app: A, drain: Drain): A {
  app.useGlobalFilters(new DomainErrorFilter((error) => (isOutage(error) ? databaseUnavailable() : undefined)));
  stopOnSignal(app, drain);
  return app;
}

/** Adds the setting to the error for a port in use. */
async function listening<T>(setting: string, listen: Promise<T>): Promise<T> {
  try {
    return await listen;
  } catch (error) {
    throw isPortTaken(error) ? new Error(`${messageOf(error)}. Set ${setting} to another port.`, { cause: error }) : error;
  }
}

const isPortTaken = (error: unknown) => messageOf(error).includes('EADDRINUSE');

/** Imports Fastify only in services that listen for HTTP, to save memory in the others. */
async function createWebApp(root: object, options: object, http: HttpOptions, traced: boolean) {
  const { httpAdapter } = await import('./http-adapter.ts');
  return NestFactory.create(root, httpAdapter(http, traced), options);
}

function logging(name: string, level: string, telemetry: OpenTelemetry | undefined) {
  return LoggerModule.forRoot({
    pinoHttp: {
      level,
      autoLogging: false,
      base: { service: name },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: errorToLog },
      ...(telemetry && { mixin: spanFields }),
    },
    // Otherwise each HTTP request gets a logger with its headers, which no line has.
    forRoutes: [],
  });
}

/** An error without its other properties: the error of a failed query contains the row and every value. */
const errorToLog = ({ type, message, stack, code }: SerializedError) => ({ type, message, stack, code: code as unknown });
