import type { Metadata, ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import type { DomainError } from '@reputable/errors';
import { internal, toStatus } from '@reputable/errors';
import type { AccessRule } from '../access/access-rule.ts';
import { refusePeer, refuseUser } from '../access/decide.ts';
import { callerNotAllowed } from '../access/denials.ts';
import type { PeerReader } from '../tls/peer.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import { TokenRefusal, type TokenVerifier } from '../token/token-verifier.ts';
import type { CallContext } from './call-context.ts';
import { GuardedCall, type Method, type Policy } from './guarded-call.ts';

/**
 * Decides about every call before Nest sees it: unary and streams, health included. In this order:
 *
 * 1. The rpc has a rule, or nobody may call it.
 * 2. The peer's certificate names a service that the rule lists. (An unverified peer got no connection in the first place.)
 * 3. A token, if the call carries one, verifies. One that does not is refused even where anyone may call.
 * 4. The user has what the rule asks for.
 *
 * Then the {@link GuardedCall} lets it in. Nothing else that a caller sends says who it is.
 */
export class AccessInterceptor implements Policy {
  readonly #log = new Logger('access');

  constructor(
    readonly rules: ReadonlyMap<string, AccessRule>,
    readonly peers: PeerReader,
    readonly tokens: TokenVerifier,
  ) {}

  /** To be passed to the gRPC server, in `channelOptions.interceptors`. */
  readonly intercept: ServerInterceptor = (method: Method, call) =>
    // grpc-js asks for its own class, of which it uses the interface.
    new GuardedCall(method, call, this) as unknown as ServerInterceptingCall;

  /** Synchronous for tokens that are known, so that the usual call waits for nothing. */
  decide(call: GuardedCall, metadata: Metadata): void {
    const service = this.peers.serviceOf(call.inner);
    const rule = this.rules.get(call.method.path);
    if (!rule) return this.#refuse(call, internal(), service);
    const refusal = refusePeer(rule, service);
    if (refusal) return this.#refuse(call, refusal, service);
    const authorization = rule.who === 'service' ? undefined : authorizationOf(metadata);
    if (authorization === undefined) return this.#decideUser(call, rule, service);
    const known = this.tokens.known(authorization);
    if (known) return this.#decideUser(call, rule, service, known);
    this.tokens
      .verify(authorization)
      .then((user) => this.#decideUser(call, rule, service, user))
      .catch((error: unknown) => this.#refuseToken(call, error, service));
  }

  reconsider(call: GuardedCall, { service, user }: CallContext): DomainError | undefined {
    const rule = this.rules.get(call.method.path);
    if (rule && this.peers.serviceOf(call.inner) !== service) return callerNotAllowed(rule, undefined);
    return user && this.tokens.reconsider(user);
  }

  #decideUser(call: GuardedCall, rule: AccessRule, service: string | undefined, user?: VerifiedToken): void {
    const refusal = refuseUser(rule, user?.caller);
    if (refusal) this.#refuse(call, refusal, service, { user: user?.caller.id });
    else call.enter({ user, service, deadline: Number(call.inner.getDeadline()) });
  }

  #refuseToken(call: GuardedCall, error: unknown, service: string | undefined): void {
    if (error instanceof TokenRefusal) return this.#refuse(call, error.error, service, { fault: error.fault });
    this.#log.error({ msg: 'a call could not be decided', rpc: call.method.path, err: error });
    call.sendStatus(toStatus(internal()));
  }

  #refuse(
    call: GuardedCall,
    error: DomainError,
    service: string | undefined,
    more: { user?: string | undefined; fault?: string } = {},
  ): void {
    this.#log.warn({ msg: 'refused', rpc: call.method.path, reason: error.reason, ...error.metadata, service, ...more });
    call.sendStatus(toStatus(error));
  }
}

/** The `authorization` of a call, if it has any. Two of them are none that could verify. */
function authorizationOf(metadata: Metadata): string | undefined {
  const values = metadata.get('authorization');
  return values.length === 0 ? undefined : values.join();
}
