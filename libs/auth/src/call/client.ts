import type { DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { type ChannelCredentials, Client as GrpcClient, type ClientOptions, Metadata, type ServiceError } from '@grpc/grpc-js';
import { serviceDefinition } from '@reputable/contracts';
import { fromServiceError } from '@reputable/errors';
import { type AccessRule, rulesByPath } from '../access/access-rule.ts';
import { refuseUser } from '../access/decide.ts';
import { RenewedClient } from '../tls/renewed-client.ts';
import { currentUser } from './call-context.ts';
import { carryUser } from './carry-user.client-interceptor.ts';

/** A typed client of a service: a method an rpc, each of which rejects with a DomainError. Unary rpcs only. */
export type Client<S extends DescService> = {
  readonly [M in keyof S['method'] as S['method'][M]['methodKind'] extends 'unary' ? M : never]: (
    request: MessageInitShape<S['method'][M]['input']>,
  ) => Promise<MessageShape<S['method'][M]['output']>>;
};

/** What a client needs to know. */
export interface ClientConfig<S extends DescService> {
  /** The service's contract. */
  readonly contract: S;
  /** The service's name: its server must show a certificate for it. */
  readonly service: string;
  /** Where it listens: `localhost:50052`, `dns:///user:50052`. */
  readonly url: string;
  /** Whether to refuse here what the contract says would be refused there (P7). It saves a call and changes no outcome. */
  readonly refuseEarly?: boolean;
}

/** The largest page: 100 posts of 30,000 characters of four bytes each, and some. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

/** Who a client is to the services it calls: a `CertificateWatch`. */
export interface ClientIdentity {
  /** The credentials of a channel to a service. */
  credentialsFor(service: string): ChannelCredentials;
  /** Tells when channels should be opened anew; returns how to stop it. */
  onChange(listener: () => void): () => void;
}

/** Opens a channel to a service, lazily, and keeps it until the certificate changes. Every call on it carries the user's token. */
export function openClient<S extends DescService>(
  config: ClientConfig<S>,
  identity: ClientIdentity,
): { client: Client<S>; close: () => void } {
  const rules = rulesByPath(config.contract.methods);
  const options = { ...channelOptions(config.contract), interceptors: [carryUser(rules)] };
  const open = () => new GrpcClient(config.url, identity.credentialsFor(config.service), options);
  const channel = new RenewedClient(open, (listener) => identity.onChange(listener));
  const definition = serviceDefinition(config.contract);
  const methods = config.contract.methods
    .filter(({ methodKind }) => methodKind === 'unary')
    .map((method) => [method.localName, rpc(channel, definition, method, config, rules)] as const);
  return {
    client: Object.fromEntries(methods) as unknown as Client<S>,
    close: () => {
      channel.close();
    },
  };
}

function rpc<S extends DescService>(
  channel: RenewedClient,
  definition: ReturnType<typeof serviceDefinition>,
  method: DescMethod,
  { service, refuseEarly }: ClientConfig<S>,
  rules: ReadonlyMap<string, AccessRule>,
) {
  const { path, requestSerialize, responseDeserialize } = definition[method.name] as (typeof definition)[string];
  const rule = rules.get(path);
  return (request: object) =>
    new Promise((resolve, reject) => {
      const refusal = refuseEarly && rule ? refuseUser(rule, currentUser()) : undefined;
      if (refusal) {
        reject(refusal);
        return;
      }
      channel.current.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        (error: ServiceError | null, response) => {
          if (error) reject(fromServiceError(error, service));
          else resolve(response);
        },
      );
    });
}

/** How a channel to the service with this contract behaves. */
export function channelOptions(contract: DescService): ClientOptions {
  return {
    'grpc.service_config': JSON.stringify(serviceConfig(contract)),
    'grpc.max_receive_message_length': MAX_RESPONSE_BYTES,
    // grpc-js waits up to two minutes before it tries again to reach a service that was down.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    // Nor does it look a name up again before half a minute is over: too long for a replica that is new, or gone.
    'grpc.dns_min_time_between_resolutions_ms': 1_000,
  };
}

/** Reads are tried again while a service is unreachable, writes are not; calls are spread over all addresses of a name. */
function serviceConfig(contract: DescService): object {
  const reads = contract.methods.filter((method) => method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS);
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: '0.05s',
    maxBackoff: '0.5s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return {
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [{ name: reads.map((method) => ({ service: contract.typeName, method: method.name })), retryPolicy }],
  };
}
