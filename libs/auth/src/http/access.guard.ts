import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { internal } from '@reputable/errors';
import { currentCall, type CallContext } from '../call/call-context.ts';
import { CallPolicy, Denial } from '../call/call-policy.ts';
import { refusals } from '../refusal/refusal-log.ts';
import type { TokenVerifier } from '../token/token-verifier.ts';
import { ruleOfHandler } from './access.decorator.ts';
import { authorizationOf, type HttpRequest, requestOf, setCall } from './http-request.ts';

/**
 * The global guard of HTTP handlers and GraphQL resolvers. It decides by the same {@link CallPolicy} as for rpcs, with the rule in `@Access`.
 * A handler without a rule is refused. Rpcs were already decided when Nest calls this guard for them, in an app that also serves HTTP.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #policy: CallPolicy;

  constructor(tokens: TokenVerifier) {
    this.#policy = new CallPolicy(new Map(), tokens);
  }

  /** @throws DomainError if the call is refused */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = requestOf(context);
    if (!request) return this.#alreadyDecided(context);
    const rule = ruleOfHandler(context.getHandler());
    if (!rule) return this.#refuse(context, new Denial(internal(), { fault: 'no access rule' }));
    const decision = this.#policy.authorizeBy(rule, {
      path: rule.path,
      peer: undefined,
      authorization: authorizationOf(request),
      deadline: Infinity,
    });
    return decision instanceof Promise
      ? decision.then((result) => this.#act(context, request, result))
      : this.#act(context, request, decision);
  }

  /** An rpc that the server's interceptor has let through runs in the context of its call. */
  #alreadyDecided(context: ExecutionContext): true {
    if (context.getType() === 'rpc' && currentCall()) return true;
    return this.#refuse(context, new Denial(internal(), { fault: `no HTTP request in a call by ${context.getType()}` }));
  }

  #act(context: ExecutionContext, request: HttpRequest, decision: CallContext | Denial): true {
    if (decision instanceof Denial) return this.#refuse(context, decision);
    setCall(request, decision);
    return true;
  }

  #refuse(context: ExecutionContext, { error, details }: Denial): never {
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    refusals.note({ ...error.metadata, handler, reason: error.reason, ...details });
    throw error;
  }
}
