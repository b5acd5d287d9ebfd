import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { connectionOf } from '../tls/connection.ts';
import { isServiceName } from '../tls/spiffe-id.ts';
import { isLoopback } from './loopback.ts';
import type { PeerSource } from './peer-source.ts';
import { parseXfcc } from './xfcc.ts';

/** Where the platform ends TLS: the proxy names the peer in Envoy's header `x-forwarded-client-cert` (XFCC). */
export interface XfccOptions {
  readonly from: 'xfcc';
  /**
   * The only clients whose header counts. Calls of others are refused.
   *
   * - `loopback`: processes of this machine or pod, such as a sidecar.
   * - `certificate`: a proxy that connects by mutual TLS, by the service name in its certificate. Needs `tls`.
   */
  readonly proxy: 'loopback' | { readonly certificate: string };
  /** The SPIFFE IDs of the services, with `{service}` in place of the name: `spiffe://cluster.local/ns/shop/sa/{service}`. */
  readonly spiffeId: string;
  /** The proxy's own SPIFFE ID, which it writes into `By`. Default: the ID of this service, which a sidecar shares. */
  readonly proxyId?: string;
}

const HEADER = 'x-forwarded-client-cert';
const PLACE = '{service}';

/** The number of headers to remember. A header is the same for all calls of a client's certificate. */
const CACHE_SIZE = 1_000;

/** The peer that a header names, or the fault that makes the header useless. */
interface Reading {
  readonly service?: string;
  readonly fault?: string;
}

/** Reads the peer of a call from the last element of its XFCC header, if the call comes from the trusted proxy. */
export class XfccPeers implements PeerSource {
  readonly #log = new Logger('peer');
  readonly #readings = new LRUCache<string, Reading>({ max: CACHE_SIZE });
  readonly #reported = new WeakSet<object>();
  readonly #prefix: string;
  readonly #suffix: string;
  readonly #proxyId: string;

  /**
   * @param service the name of this service
   * @param certificates reads the certificate of the proxy. Undefined trusts loopback connections instead
   * @throws Error if `spiffeId` has no single place for the name
   */
  constructor(
    readonly options: XfccOptions,
    service: string,
    readonly certificates?: PeerSource,
  ) {
    const { spiffeId, proxyId } = options;
    const [prefix = '', suffix = '', ...more] = spiffeId.split(PLACE);
    if (!prefix.startsWith('spiffe://') || !spiffeId.includes(PLACE) || more.length > 0) {
      throw new Error(`peer.spiffeId must be a SPIFFE ID with ${PLACE} in place of the service's name: ${spiffeId}.`);
    }
    this.#prefix = prefix;
    this.#suffix = suffix;
    this.#proxyId = proxyId ?? this.spiffeIdOf(service);
  }

  serviceOf(call: ServerInterceptingCallInterface, metadata: Metadata): string | undefined {
    const { service, fault } = this.#isFromProxy(call, metadata) ? this.#read(metadata) : { fault: 'the client is not the proxy' };
    if (fault !== undefined) this.#report(call, fault);
    return service;
  }

  spiffeIdOf(service: string): string {
    return `${this.#prefix}${service}${this.#suffix}`;
  }

  #isFromProxy(call: ServerInterceptingCallInterface, metadata: Metadata): boolean {
    const { proxy } = this.options;
    if (proxy !== 'loopback') return this.certificates?.serviceOf(call, metadata) === proxy.certificate;
    const address = connectionOf(call)?.socket?.remoteAddress;
    return address !== undefined && isLoopback(address);
  }

  #read(metadata: Metadata): Reading {
    const headers = metadata.get(HEADER);
    const [header] = headers;
    // Envoy sends one header, however many elements it has.
    if (headers.length !== 1 || typeof header !== 'string') return { fault: `${headers.length} headers ${HEADER}` };
    const known = this.#readings.get(header);
    if (known) return known;
    const reading = this.#parse(header);
    this.#readings.set(header, reading);
    return reading;
  }

  #parse(header: string): Reading {
    const elements = parseXfcc(header);
    if (!elements) return { fault: `malformed ${HEADER}` };
    const last = elements.at(-1);
    if (!last?.get('by')?.includes(this.#proxyId)) return { fault: `the last element is not by ${this.#proxyId}` };
    const [id = '', ...more] = last.get('uri') ?? [];
    // A SPIFFE certificate has one URI (X.509-SVID §2).
    const service = more.length === 0 ? this.#serviceIn(id) : undefined;
    return service === undefined ? { fault: `no ID of a service: ${[id, ...more].join(' ')}` } : { service };
  }

  #serviceIn(id: string): string | undefined {
    if (!id.startsWith(this.#prefix) || !id.endsWith(this.#suffix)) return undefined;
    const name = id.slice(this.#prefix.length, id.length - this.#suffix.length);
    return isServiceName(name) ? name : undefined;
  }

  /** Logs the first fault of a connection. */
  #report(call: ServerInterceptingCallInterface, fault: string): void {
    const connection = connectionOf(call) ?? call;
    if (this.#reported.has(connection)) return;
    this.#reported.add(connection);
    this.#log.warn({ msg: 'peer not identified', fault, client: call.getPeer() });
  }
}
