import { createParamDecorator } from '@nestjs/common';
import { tokenMissing } from '../access/denials.ts';
import { currentCall, currentUser } from './call-context.ts';

/**
 * The {@link AuthenticatedUser} of the request at hand, as a parameter of a controller's method or a resolver.
 * Where nobody is signed in the method is not run: the call ends with UNAUTHENTICATED. Next to it, the request itself needs `@Payload()`.
 */
export const CurrentUser = createParamDecorator(() => {
  const caller = currentUser();
  if (!caller) throw tokenMissing();
  return caller;
});

/** Like {@link CurrentUser}, for what anybody may do: undefined where nobody is signed in. */
export const OptionalUser = createParamDecorator(() => currentUser());

/** The service that placed the call, by the name in its certificate. */
export const CurrentPeer = createParamDecorator(() => currentCall()?.service);
