import type { ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js';
import type { AccessRule } from '../access/access-rule.ts';
import type { PeerReader } from '../tls/peer.ts';
import type { TokenVerifier } from '../token/token-verifier.ts';
import { CallPolicy } from './call-policy.ts';
import { GuardedCall, type Method } from './guarded-call.ts';

/**
 * Puts the {@link CallPolicy} in front of every call before Nest sees it: unary and streams, health included. Nothing else in a call
 * says who its user or its peer is.
 */
export class AccessServerInterceptor {
  readonly #policy: CallPolicy;

  constructor(
    rules: ReadonlyMap<string, AccessRule>,
    readonly peers: PeerReader,
    tokens: TokenVerifier,
  ) {
    this.#policy = new CallPolicy(rules, tokens);
  }

  /** To be passed to the gRPC server, in `channelOptions.interceptors`. */
  readonly intercept: ServerInterceptor = (method: Method, call) =>
    // grpc-js asks for its own class, of which it uses the interface.
    new GuardedCall(method, call, this.#policy, this.peers) as unknown as ServerInterceptingCall;
}
