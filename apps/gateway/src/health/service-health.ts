import { type ChannelCredentials, Client } from '@grpc/grpc-js';
import { service as health } from 'grpc-health-check';

/** How long a service may take to say that it is well, in milliseconds. */
const TIMEOUT_MS = 1_000;

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

  /** Whether it serves. */
  serves(): Promise<boolean> {
    const { path, requestSerialize, responseDeserialize } = health.Check as (typeof health)[string];
    const options = { deadline: Date.now() + TIMEOUT_MS };
    return new Promise((resolve) => {
      this.#channel.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service: '' }, options, (error, answer) => {
        resolve(!error && (answer as { status?: string } | undefined)?.status === 'SERVING');
      });
    });
  }

  close(): void {
    this.#channel.close();
  }
}
