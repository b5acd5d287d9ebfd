import { type ChannelCredentials, type ClientOptions, credentials, ServerCredentials } from '@grpc/grpc-js';
import { isLocalTarget } from './loopback.ts';

/** The identity of an app whose platform ends TLS. It has no certificate, and listens and calls without TLS. */
export class Plaintext {
  readonly fault = undefined;

  /** Without this option, a proxy in the environment (`http_proxy`) would receive the calls in plain text. */
  readonly channelOptions: ClientOptions = { 'grpc.enable_http_proxy': 0 };

  /** @param named the addresses outside this machine that are allowed, exactly as the app uses them */
  constructor(readonly named: readonly string[] = []) {}

  /** @throws Error if the service is neither on this machine nor named */
  credentialsFor(service: string, url: string): ChannelCredentials {
    if (!this.#allows(url)) throw new Error(`Cannot call ${service} at ${url} without TLS. ${advice(url)}`);
    return credentials.createInsecure();
  }

  /** @throws Error if the address is neither of this machine nor named */
  serverCredentialsFor(address: string): ServerCredentials {
    if (!this.#allows(address)) throw new Error(`Cannot listen on ${address} without TLS. ${advice(address)}`);
    return ServerCredentials.createInsecure();
  }

  /** There is no certificate that could change. */
  onChange(): () => void {
    return () => undefined;
  }

  /** There is no certificate that could have a fault. */
  onFault(): () => void {
    return () => undefined;
  }

  close(): void {
    // There is nothing to watch.
  }

  #allows(address: string): boolean {
    return isLocalTarget(address) || this.named.includes(address);
  }
}

const advice = (address: string) =>
  `Set tls, use an address of this machine, or add '${address}' to plaintext if the platform encrypts it.`;
