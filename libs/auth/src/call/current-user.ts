import { createParamDecorator } from '@nestjs/common';
import { tokenMissing } from '../access/denials.ts';
import { currentCall, currentUser } from './call-context.ts';

/**
 * The {@link AuthenticatedUser} of the request at hand, as a parameter of a controller's method or a resolver.
 * Where nobody is signed in the method is not run: the call ends with UNAUTHENTICATED. Next to it, the request itself needs `@Payload()`.
 */
export const CurrentUser = createParamDecorator(() => {
  const user = currentUser();
  if (!user) throw tokenMissing();
  return user;
});

/** Like {@link CurrentUser}, for rpcs that anyone may call: undefined if nobody is signed in. */
export const OptionalUser = createParamDecorator(() => currentUser());

/** The service at the other end of the connection, by the name in its certificate. */
export const CurrentPeer = createParamDecorator(() => currentCall()?.peer);
