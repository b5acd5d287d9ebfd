import { type ChannelCredentials, type ClientOptions, credentials, ServerCredentials } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
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
    this.#check(`call ${service} at ${url}`, url);
    return credentials.createInsecure();
  }

  /** @throws Error if the address is neither of this machine nor named */
  serverCredentialsFor(address: string): ServerCredentials {
    this.#check(`listen on ${address}`, address);
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

  #check(use: string, address: string): void {
    if (!isLocalTarget(address) && !this.named.includes(address)) {
      throw new Error(
        `Cannot ${use} without TLS. Set tls, use an address of this machine, or add '${address}' to plaintext if the platform encrypts it.`,
      );
    }
    new Logger('auth').warn({ msg: 'check weakened', option: `no tls: ${use} without TLS` });
  }
}
