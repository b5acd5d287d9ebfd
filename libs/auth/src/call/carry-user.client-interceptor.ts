import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import type { AccessRule } from '../access/access-rule.ts';
import { currentCall } from './call-context.ts';

/** The longest deadline of a call, in milliseconds. The deadline of the current call can shorten it. */
export const DEADLINE_MS = 2_000;

/**
 * A grpc-js client interceptor: forwards the user's token and the deadline of the current call. An rpc with the rule `service` never
 * receives a user's token.
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
