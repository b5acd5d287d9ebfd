import { Client } from '@grpc/grpc-js';
import { type ClientIdentity, RenewedClient } from '@reputable/auth';
import { CLOCK_HEALTH, OUTBOX_HEALTH, REVOCATIONS_HEALTH, TLS_HEALTH } from '@reputable/service';
import { service as health } from 'grpc-health-check';

/** The timeout of a check, in milliseconds. */
const TIMEOUT_MS = 1_000;

/** The state of a service. A degraded service still handles calls, but needs an operator to read its log. */
export type State = 'up' | 'degraded' | 'down';

/** The parts whose fault makes a service degraded. A service without a part does not know its name. */
const PARTS = [TLS_HEALTH, REVOCATIONS_HEALTH, CLOCK_HEALTH, OUTBOX_HEALTH];

/** Checks one service by the gRPC health protocol, over a dedicated channel, so that a busy or broken channel does not distort the result. */
export class ServiceHealth {
  readonly #channel: RenewedClient;

  constructor(
    readonly service: string,
    url: string,
    identity: ClientIdentity,
  ) {
    const options = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };
    const open = () => new Client(url, identity.credentialsFor(service, url), options);
    this.#channel = new RenewedClient(open, (listener) => identity.onChange(listener));
  }

  /** Checks the service. It is degraded if it serves and reports a fault in its certificates, its revocation updates or its clock, or dead letters. */
  async state(): Promise<State> {
    const [server, ...parts] = await Promise.all(['', ...PARTS].map((name) => this.#ask(name)));
    if (server !== 'SERVING') return 'down';
    return parts.includes('NOT_SERVING') ? 'degraded' : 'up';
  }

  /** The status of one part; undefined without a response. */
  #ask(service: string): Promise<string | undefined> {
    const { path, requestSerialize, responseDeserialize } = health.Check as (typeof health)[string];
    const options = { deadline: Date.now() + TIMEOUT_MS };
    return new Promise((resolve) => {
      this.#channel.current.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, options, (error, answer) => {
        resolve(error ? undefined : (answer as { status?: string } | undefined)?.status);
      });
    });
  }

  close(): void {
    this.#channel.close();
  }
}
