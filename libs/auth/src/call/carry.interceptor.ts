import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import type { AccessRule } from '../access/access-rule.ts';
import { currentCall } from './call-context.ts';

/** How long a call may take when whoever asked did not say less, in milliseconds. */
export const DEADLINE_MS = 2_000;

/**
 * The client interceptor that carries the caller on: every call that is placed while a request is handled has the user's token
 * and what is left of the request's time. A call on a service's own behalf (`service` in the contract) never has a user's token.
 *
 * @param rules of the rpcs that are called, by path
 */
export function carryCaller(rules: ReadonlyMap<string, AccessRule>): Interceptor {
  return (options, nextCall) => {
    const context = currentCall();
    const deadline = Math.min(Date.now() + DEADLINE_MS, context?.deadline ?? Infinity);
    const user = rules.get(options.method_definition.path)?.who === 'service' ? undefined : context?.user;
    return new InterceptingCall(nextCall({ deadline, ...options }), {
      start: (metadata, listener, next) => {
        if (user) metadata.set('authorization', user.authorization);
        next(metadata, listener);
      },
    });
  };
}
