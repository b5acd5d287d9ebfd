import {
  type ChannelOptions,
  type Metadata,
  Server,
  type ServerCredentials,
  type ServerInterceptor,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { type AsyncMicroserviceOptions, type GrpcOptions, ServerGrpc } from '@nestjs/microservices';
import { firstValueFrom, isObservable } from 'rxjs';
import { securedServers } from './call/secured-servers.ts';
import { SERVER_SECURITY, type ServerSecurity } from './auth.module.ts';

/** The options of Nest's gRPC transport that do not affect security. */
export interface SecuredGrpcOptions extends Pick<GrpcOptions['options'], 'url' | 'channelOptions' | 'onLoadPackageDefinition'> {
  /** Called with the port once the server listens. With port 0 in `url` the system chooses one. */
  readonly onListening?: (port: number) => void;
  /** The time that open calls have to finish when the server closes, in milliseconds. Default: 5,000. */
  readonly shutdownMs?: number;
}

/** The time that open calls and requests have to finish when a service stops, in milliseconds. */
export const SHUTDOWN_MS = 5_000;

/** The default options of every server. `channelOptions` overrides them one by one. */
export const SERVER_OPTIONS: ChannelOptions = {
  // The largest request: a batch of 2,000 ids, or a post of 30,000 characters of four bytes each.
  'grpc.max_receive_message_length': 1024 * 1024,
  'grpc.max_concurrent_streams': 1_000,
  // Clients of other libraries resolve the name again when they reconnect, and so discover new replicas. Those of this library reconnect themselves.
  'grpc.max_connection_age_ms': 300_000,
  // Channelz stays on: without it, forceShutdown() of grpc-js 1.14 closes no connection.
};

/**
 * Nest's gRPC transport, secured: mutual TLS unless the platform ends TLS, the contracts passed to `AuthModule.forService` and no others, and the access rules enforced on
 * every rpc. For `NestFactory.createMicroservice`:
 *
 * @example
 * const app = await NestFactory.createMicroservice(AppModule, securedGrpc({ url: '0.0.0.0:50055' }));
 */
export function securedGrpc(options: SecuredGrpcOptions = {}): AsyncMicroserviceOptions {
  return {
    inject: [SERVER_SECURITY],
    useFactory: (security: ServerSecurity) => ({ strategy: new SecuredGrpcServer(security, options) }),
  };
}

/** A controller's method as Nest prepares it. Its errors, and the results of interceptors, are observables. */
type UnaryHandler = (request: unknown, metadata: Metadata, call: UnaryCall) => Promise<unknown>;

/** A handler of grpc-js. */
type UnaryMethod = (call: UnaryCall, callback: (error: unknown, response?: unknown) => void) => void;

type UnaryCall = ServerUnaryCall<unknown, unknown>;

class SecuredGrpcServer extends ServerGrpc {
  readonly #security: ServerSecurity;
  readonly #options: SecuredGrpcOptions;

  constructor(security: ServerSecurity, options: SecuredGrpcOptions) {
    const { url, onLoadPackageDefinition } = options;
    super({
      ...(url !== undefined && { url }),
      ...(onLoadPackageDefinition && { onLoadPackageDefinition }),
      package: [...new Set(security.serves.map(({ typeName }) => typeName.slice(0, typeName.lastIndexOf('.'))))],
      packageDefinition: security.packageDefinition,
      gracefulShutdown: true,
    });
    this.#security = security;
    securedServers.add(security);
    this.#options = options;
  }

  /** Overridden because Nest also loads the parser of `.proto` files, which needs to be installed. The definitions are in the contracts. */
  override loadPackageSynchronously<T>(name: string, context: string, load?: () => T): T {
    return name === '@grpc/grpc-js' ? super.loadPackageSynchronously(name, context, load) : ({} as T);
  }

  /** Overridden because Nest's implementation does not report the port. */
  override async createClient(): Promise<Server> {
    const { channelOptions = {}, onListening } = this.#options;
    const { interceptors } = this.#security;
    const credentials = this.#security.credentialsFor(this.url);
    // grpc-js runs the first interceptor first.
    const all = [...interceptors, ...((channelOptions.interceptors ?? []) as ServerInterceptor[])];
    const server = new Server({ ...SERVER_OPTIONS, ...channelOptions, interceptors: all });
    const port = await bind(server, this.url, credentials);
    onListening?.(port);
    return server;
  }

  /** Overridden because Nest's implementation copies the call and makes an observable of each response. */
  override createUnaryServiceMethod(handle: UnaryHandler): UnaryMethod {
    return (call, callback) => {
      const response = handle(call.request, call.metadata, call).then((result) => (isObservable(result) ? firstValueFrom(result) : result));
      response.then((value) => callback(null, value), callback);
    };
  }

  /** Accepts no more calls, and ends open calls after `shutdownMs`. */
  override async close(): Promise<void> {
    const server = this.grpcClient as Server | null;
    const timer = setTimeout(() => server?.forceShutdown(), this.#options.shutdownMs ?? SHUTDOWN_MS);
    await super.close().finally(() => clearTimeout(timer));
  }
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error) reject(new Error(`cannot listen on ${address}: ${error.message}. Set GRPC_PORT to another port.`));
      else resolve(port);
    });
  });
}
