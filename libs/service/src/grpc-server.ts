import { type ChannelOptions, Server } from '@grpc/grpc-js';
import { ServerGrpc } from '@nestjs/microservices';
import type { ServerSecurity } from '@reputable/auth';
import { HealthImplementation } from 'grpc-health-check';

/** The largest request: a batch of 2,000 ids, or a post of 30,000 characters of four bytes each. */
const MAX_REQUEST_BYTES = 1024 * 1024;

/** What a call may send as metadata: a token of 8 KB, and some. */
const MAX_METADATA_BYTES = 16 * 1024;

/** How long what is at hand, calls or requests, may take to finish when the service is told to stop, in milliseconds. */
export const SHUTDOWN_MS = 5_000;

/**
 * How long a client keeps a connection, in milliseconds, give or take a tenth. Then it is asked to make new ones, for which it looks the name
 * up: that is how it learns of replicas that were added. Calls at hand, streams among them, go on where they are.
 */
const CONNECTION_AGE_MS = 20_000;

/**
 * The name by which the health service tells of the certificates alone: NOT_SERVING while there is something wrong with those in the
 * folder. Calls are answered all the same, for as long as the last good ones are good.
 */
export const TLS_HEALTH = 'tls';

/** The name by which the health service tells whether it is known which tokens are revoked. */
export const REVOCATIONS_HEALTH = 'revocations';

/** Nest's gRPC transport with what it leaves out: the port it got, the health service, bounds. */
export class GrpcServer extends ServerGrpc {
  readonly #security: ServerSecurity;
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING' });
  /** The port it listens on, once it does. */
  port = 0;

  constructor(
    security: ServerSecurity,
    readonly host: string,
    readonly wantedPort: number,
  ) {
    super({
      package: [...new Set(security.serves.map((service) => service.file.proto.package))],
      packageDefinition: security.packageDefinition,
      gracefulShutdown: true,
    });
    this.#security = security;
    this.#tellOf(TLS_HEALTH, security.certificate);
    this.#tellOf(REVOCATIONS_HEALTH, security.revocations);
  }

  /** Has the health service tell by this name whether a part has a fault. */
  #tellOf(name: string, part: ServerSecurity['certificate' | 'revocations']): void {
    const tell = () => {
      this.#health.setStatus(name, part.fault === undefined ? 'SERVING' : 'NOT_SERVING');
    };
    tell();
    part.onFault(tell);
  }

  /** Says that calls are welcome, or no longer are. */
  setServing(serving: boolean): void {
    for (const name of ['', ...this.#security.serves.map((service) => service.typeName)]) {
      this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    }
  }

  /** Takes no more calls, and lets those at hand finish, for a while. */
  override async close(): Promise<void> {
    this.setServing(false);
    const server = this.grpcClient as Server | null;
    const timer = setTimeout(() => server?.forceShutdown(), SHUTDOWN_MS);
    await super.close().finally(() => clearTimeout(timer));
  }

  override async createClient(): Promise<Server> {
    const options: ChannelOptions = {
      'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
      'grpc.max_metadata_size': MAX_METADATA_BYTES,
      'grpc.max_concurrent_streams': 1_000,
      'grpc.max_connection_age_ms': CONNECTION_AGE_MS,
    };
    const server = new Server({ ...options, interceptors: [...this.#security.interceptors] });
    this.#health.addToServer(server);
    this.port = await bind(server, `${this.host}:${String(this.wantedPort)}`, this.#security.credentials);
    return server;
  }
}

function bind(server: Server, address: string, credentials: ServerSecurity['credentials']): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error) reject(new Error(`${address} cannot be listened on (${error.message}). Is the port taken? GRPC_PORT sets another.`));
      else resolve(port);
    });
  });
}
