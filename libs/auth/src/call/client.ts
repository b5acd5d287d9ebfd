import type { DescService } from '@bufbuild/protobuf';
import { type ChannelCredentials, Client as GrpcClient, type ClientOptions } from '@grpc/grpc-js';
import { serviceDefinition } from '@reputable/contracts';
import { rulesByPath } from '../access/access-rule.ts';
import { refuseUser } from '../access/decide.ts';
import type { Client } from '../contract/client.ts';
import { effectsOf, rpcOf } from '../contract/contract.ts';
import { refusals } from '../refusal/refusal-log.ts';
import { RenewedClient } from '../tls/renewed-client.ts';
import { currentUser, userMissing } from './call-context.ts';
import { CONNECTION_AGE_MS, RECONNECTS } from './connection-options.ts';
import { clientAttributes, earlyRefusal } from '../trace/client-span.ts';
import { callUnary, DEADLINE_MS, type UnaryRpc } from './unary-call.ts';

/** The settings of a client. */
export interface ClientConfig<S extends DescService> {
  /** The service's contract. */
  readonly contract: S;
  /** The service's name. Its server must present a certificate for this name. */
  readonly service: string;
  /** The service's gRPC target: `localhost:50052`, `dns:///user:50052`. */
  readonly url: string;
  /** Whether the client applies the rpc's rule before it calls (P7). It saves a call and changes no outcome. */
  readonly refuseEarly?: boolean;
  /** The longest deadline of a call, in milliseconds. Default: that of `AuthModule`, or 2 seconds. The deadline of the current call can shorten it. */
  readonly deadlineMs?: number;
  /** The age at which the client replaces its connections, in milliseconds. It then finds added replicas. Default: 20 seconds. */
  readonly connectionAgeMs?: number;
}

/** Above the largest page: 100 posts of 30,000 characters of four bytes each. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

/** The client's own certificate: a `CertificateWatch`. Without a certificate, `Plaintext`. */
export interface ClientIdentity {
  /** Further options of its channels. */
  readonly channelOptions?: ClientOptions;
  /** The credentials of a channel to a service at a gRPC target. */
  credentialsFor(service: string, url: string): ChannelCredentials;
  /** Calls `listener` whenever channels must be reopened. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void;
}

/** Opens a lazy channel to a service and replaces it whenever the certificate changes. Every call carries the user's token. */
export const openClient = <S extends DescService>(
  config: ClientConfig<S>,
  identity: ClientIdentity,
): { client: Client<S>; close: () => void } => openForwarding(config, identity, undefined);

/**
 * The same for an app that handles calls with Transaction Tokens.
 *
 * @param replacements replaces the tokens. Undefined: calls of the client within such a call fail
 */
export function openForwarding<S extends DescService>(
  config: ClientConfig<S>,
  identity: ClientIdentity,
  replacements: UnaryRpc['replacements'],
): { client: Client<S>; close: () => void } {
  const options = { ...channelOptions(config.contract), ...identity.channelOptions };
  const open = () => new GrpcClient(config.url, identity.credentialsFor(config.service, config.url), options);
  const channel = new RenewedClient(open, (listener) => identity.onChange(listener), config.connectionAgeMs ?? CONNECTION_AGE_MS);
  const methods = unaryRpcs(config, channel, replacements).map(([name, rpc]) => {
    const call = (request: object) => callUnary(rpc, request);
    return [name, config.refuseEarly ? refusingEarly(rpc, call) : call] as const;
  });
  return {
    client: Object.fromEntries(methods) as unknown as Client<S>,
    close: () => {
      channel.close();
    },
  };
}

/** The unary rpcs of a contract, by the names of the client's methods. */
function unaryRpcs<S extends DescService>(
  { contract, service, url, deadlineMs = DEADLINE_MS }: ClientConfig<S>,
  channel: RenewedClient,
  replacements: UnaryRpc['replacements'],
): [string, UnaryRpc][] {
  const rules = rulesByPath(contract.methods.map(rpcOf));
  const definition = serviceDefinition(contract);
  return contract.methods
    .filter(({ methodKind }) => methodKind === 'unary')
    .map((method) => {
      const { path, requestSerialize, responseDeserialize } = definition[method.name] as (typeof definition)[string];
      const codec = { requestSerialize, responseDeserialize };
      const attributes = clientAttributes(path, service, url);
      const rule = rules.get(path);
      return [method.localName, { channel, path, rule, ...codec, service, deadlineMs, ...effectsOf(method), attributes, replacements }];
    });
}

type Call = (request: object) => Promise<object>;

const refusingEarly =
  ({ rule, attributes }: UnaryRpc, call: Call): Call =>
  (request) => {
    const user = currentUser();
    const denial = rule && refuseUser(rule, user);
    if (!denial) return call(request);
    const refusal = user ? denial : userMissing();
    earlyRefusal(rule, user, refusal, attributes);
    refusals.note({ ...refusal.metadata, rpc: rule.path, reason: refusal.reason, user: user?.id });
    return Promise.reject(refusal);
  };

/** The options of a channel to the service with this contract. */
export function channelOptions(contract: DescService): ClientOptions {
  return {
    'grpc.service_config': JSON.stringify(serviceConfig(contract)),
    'grpc.max_receive_message_length': MAX_RESPONSE_BYTES,
    // Counts calls and traces connections for a debugging service that we do not serve.
    'grpc.enable_channelz': 0,
    // By default, equal channels share connections, so a new one would use the connection that it replaces.
    'grpc.use_local_subchannel_pool': 1,
    ...RECONNECTS,
  };
}

/** Retries idempotent rpcs while the service is unavailable, never other writes. Balances calls over all addresses of the name. */
function serviceConfig(contract: DescService): object {
  const idempotent = contract.methods.filter((method) => effectsOf(method).isIdempotent);
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: '0.05s',
    maxBackoff: '0.5s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return {
    loadBalancingConfig: [{ round_robin: {} }],
    // Without this, an outage triples the calls at each hop. Retries stop after 500 failed attempts; ten answers make up for one of them.
    retryThrottling: { maxTokens: 1_000, tokenRatio: 0.1 },
    methodConfig: [{ name: idempotent.map((method) => ({ service: contract.typeName, method: method.name })), retryPolicy }],
  };
}
