import { Client, status } from '@grpc/grpc-js';
import { type ClientIdentity, CONNECTION_AGE_MS, LONGEST_BACKOFF_MS, RECONNECTS, RenewedClient } from '@reputable/auth';
import { CLOCK_HEALTH, OUTBOX_HEALTH, REVOCATIONS_HEALTH, TLS_HEALTH } from '@reputable/service';
import { service as health } from 'grpc-health-check';
import { setTimeout } from 'node:timers/promises';

/** The timeout of a check, in milliseconds. */
const TIMEOUT_MS = 1_000;

/** The state of a service. A degraded service still handles calls, but needs an operator to read its log. */
export type State = 'up' | 'degraded' | 'down';

/** The parts whose fault makes a service degraded. A service without a part does not know its name. */
const PARTS = [TLS_HEALTH, REVOCATIONS_HEALTH, CLOCK_HEALTH, OUTBOX_HEALTH];

/**
 * The server as a whole, asked at three replicas: one that stops reports NOT_SERVING for a while, and one that hangs does not answer, but the
 * others serve.
 */
const SERVERS = ['', '', ''];

/** The options of the channel: it calls the replicas in turn. */
const OPTIONS = { ...RECONNECTS, 'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }) };

/** Checks one service by the gRPC health protocol, over a dedicated channel, so that a busy or broken channel does not distort the result. */
export class ServiceHealth {
  readonly #channel: RenewedClient;

  constructor(
    readonly service: string,
    url: string,
    identity: ClientIdentity,
  ) {
    const open = () => new Client(url, identity.credentialsFor(service, url), OPTIONS);
    this.#channel = new RenewedClient(open, (listener) => identity.onChange(listener), CONNECTION_AGE_MS);
  }

  /**
   * Checks the service. It is down if no replica serves, and degraded if the replica that is asked serves and reports a fault in its certificates, its revocation
   * updates or its clock, or dead letters.
   */
  async state(): Promise<State> {
    const [servers, parts] = await Promise.all([this.#askEach(SERVERS), this.#askEach(PARTS)]);
    if (!servers.includes('SERVING') && !(servers.includes('NOT_SERVING') && (await this.#othersServe()))) return 'down';
    return parts.includes('NOT_SERVING') ? 'degraded' : 'up';
  }

  /** Asks again when a replica that has just started has a connection. The replica that answered stops. */
  async #othersServe(): Promise<boolean> {
    await setTimeout(LONGEST_BACKOFF_MS + 100);
    return (await this.#askEach(SERVERS)).includes('SERVING');
  }

  #askEach(names: readonly string[]): Promise<readonly (string | undefined)[]> {
    return Promise.all(names.map((name) => this.#ask(name)));
  }

  /** The status of one part of the replica whose turn it is; undefined without a response. */
  #ask(service: string): Promise<string | undefined> {
    const { path, requestSerialize, responseDeserialize } = health.Check as (typeof health)[string];
    const options = { deadline: Date.now() + TIMEOUT_MS };
    return new Promise((resolve) => {
      this.#channel.current.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, options, (error, answer) => {
        if (error?.code === status.DEADLINE_EXCEEDED) this.#channel.renew();
        resolve(error ? undefined : (answer as { status?: string } | undefined)?.status);
      });
    });
  }

  close(): void {
    this.#channel.close();
  }
}
