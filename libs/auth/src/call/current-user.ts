import { createParamDecorator } from '@nestjs/common';
import { tokenMissing } from '../access/denials.ts';
import { currentCall, currentUser } from './call-context.ts';

/**
 * Injects the {@link AuthenticatedUser} into a parameter of a controller method or resolver. Without a user the call ends with
 * UNAUTHENTICATED and the method does not run. In a gRPC controller, mark the request parameter with `@Payload()`.
 */
export const CurrentUser = createParamDecorator(() => {
  const user = currentUser();
  if (!user) throw tokenMissing();
  return user;
});

/** Like {@link CurrentUser}, for rpcs that anyone may call: undefined without a user. */
export const OptionalUser = createParamDecorator(() => currentUser());

/** Injects the service at the other end of the connection: the name in its certificate. */
export const CurrentPeer = createParamDecorator(() => currentCall()?.peer);
