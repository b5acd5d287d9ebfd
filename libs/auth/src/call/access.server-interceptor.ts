import type { ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js';
import type { AccessRule } from '../access/access-rule.ts';
import type { PeerSource } from '../peer/peer-source.ts';
import type { TokenVerifier } from '../token/token-verifier.ts';
import { CallPolicy } from './call-policy.ts';
import { CallsInFlight, MAX_CALLS_IN_FLIGHT } from './calls-in-flight.ts';
import { GuardedCall, type Method } from './guarded-call.ts';
import type { RequestCodecs } from './request-binding.ts';

/**
 * Applies the {@link CallPolicy} to every call before Nest handles it: unary and streaming, health included. The {@link PeerSource} and the
 * verified token are the only sources of peer and user.
 */
export class AccessServerInterceptor {
  readonly #policy: CallPolicy;
  readonly #calls: CallsInFlight;

  /** @param maxCallsInFlight how many unary calls of one peer the server handles at once. Further ones end with OVERLOADED */
  constructor(
    rules: ReadonlyMap<string, AccessRule>,
    readonly peers: PeerSource,
    tokens: TokenVerifier,
    /** The codecs of the requests, by the path of the rpc, for tokens that are bound to a request. Without one, such a token is refused. */
    readonly codecs: RequestCodecs = new Map(),
    maxCallsInFlight = MAX_CALLS_IN_FLIGHT,
  ) {
    this.#policy = new CallPolicy(rules, tokens, peers);
    this.#calls = new CallsInFlight(maxCallsInFlight);
  }

  /** Pass it to the gRPC server in `channelOptions.interceptors`. */
  readonly intercept: ServerInterceptor = (method: Method, call) =>
    // grpc-js declares its own class as the return type and uses only its interface.
    new GuardedCall(method, call, this.#policy, this.peers, this.codecs, this.#calls) as unknown as ServerInterceptingCall;
}
