import { type ChannelCredentials, Client } from '@grpc/grpc-js';
import { REVOCATIONS_HEALTH, TLS_HEALTH } from '@reputable/service';
import { service as health } from 'grpc-health-check';

/** How long a service may take to say that it is well, in milliseconds. */
const TIMEOUT_MS = 1_000;

/** How a service is. Degraded is still good for every call, and in need of somebody who looks at its log. */
export type State = 'up' | 'degraded' | 'down';

/** Asks one service how it is, by the gRPC health protocol, over a channel of its own: one that is busy or broken does not distort the answer. */
export class ServiceHealth {
  readonly #channel: Client;

  constructor(
    readonly service: string,
    url: string,
    credentials: ChannelCredentials,
  ) {
    this.#channel = new Client(url, credentials, { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 });
  }

  /** How it is. One that serves, but says that something is wrong with its certificates, or with what it knows of revocations, is degraded. */
  async state(): Promise<State> {
    const [serves, ...parts] = await Promise.all(['', TLS_HEALTH, REVOCATIONS_HEALTH].map((name) => this.#ask(name)));
    if (serves !== 'SERVING') return 'down';
    return parts.includes('NOT_SERVING') ? 'degraded' : 'up';
  }

  /** What it says of one of its parts; undefined if it says nothing. */
  #ask(service: string): Promise<string | undefined> {
    const { path, requestSerialize, responseDeserialize } = health.Check as (typeof health)[string];
    const options = { deadline: Date.now() + TIMEOUT_MS };
    return new Promise((resolve) => {
      this.#channel.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, options, (error, answer) => {
        resolve(error ? undefined : (answer as { status?: string } | undefined)?.status);
      });
    });
  }

  close(): void {
    this.#channel.close();
  }
}
