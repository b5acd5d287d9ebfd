import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import type { AccessRule } from '../access/access-rule.ts';
import { currentCall } from './call-context.ts';

/** How long a call may take if the current call has no shorter deadline, in milliseconds. */
export const DEADLINE_MS = 2_000;

/**
 * A grpc-js client interceptor: every call placed while another one is handled carries the user's token and what is left of that
 * call's time. A call on a service's own behalf (`service` in the contract) never carries a user's token.
 *
 * @param rules the rules of the rpcs to call, by path
 */
export function carryUser(rules: ReadonlyMap<string, AccessRule>): Interceptor {
  return (options, nextCall) => {
    const context = currentCall();
    const deadline = Math.min(Date.now() + DEADLINE_MS, context?.deadline ?? Infinity);
    const token = rules.get(options.method_definition.path)?.who === 'service' ? undefined : context?.token;
    return new InterceptingCall(nextCall({ deadline, ...options }), {
      start: (metadata, listener, next) => {
        if (token) metadata.set('authorization', token.authorization);
        next(metadata, listener);
      },
    });
  };
}
