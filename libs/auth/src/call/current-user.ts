import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { currentCall, currentUser, userMissing } from './call-context.ts';
import { toRpcException } from './rpc-exception.ts';

/**
 * Injects the {@link AuthenticatedUser} into a parameter of a controller method or resolver. Without a user the call ends with
 * UNAUTHENTICATED and the method does not run. In a gRPC controller, mark the request parameter with `@Payload()`.
 */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const user = currentUser();
  if (!user) throw context.getType() === 'rpc' ? toRpcException(userMissing()) : userMissing();
  return user;
});

/** Like {@link CurrentUser}, for rpcs that anyone may call: undefined without a user. */
export const OptionalUser = createParamDecorator(() => currentUser());

/** Injects the service at the other end of the connection: the name in its certificate. */
export const CurrentPeer = createParamDecorator(() => currentCall()?.peer);
