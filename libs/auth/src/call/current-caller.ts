import { createParamDecorator } from '@nestjs/common';
import { tokenMissing } from '../access/denials.ts';
import { currentCall, currentCaller } from './call-context.ts';

/**
 * The {@link Caller} of the request at hand, as a parameter of a controller's method or a resolver.
 * Where nobody is signed in the method is not run: the call ends with UNAUTHENTICATED. Next to it, the request itself needs `@Payload()`.
 */
export const CurrentCaller = createParamDecorator(() => {
  const caller = currentCaller();
  if (!caller) throw tokenMissing();
  return caller;
});

/** Like {@link CurrentCaller}, for what anybody may do: undefined where nobody is signed in. */
export const OptionalCaller = createParamDecorator(() => currentCaller());

/** The service that placed the call, by the name in its certificate. */
export const CallingService = createParamDecorator(() => currentCall()?.service);
