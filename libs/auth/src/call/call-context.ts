import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuthenticatedUser } from '../access/authenticated-user.ts';
import type { VerifiedToken } from '../token/access-token.ts';

/** What is known of the request at hand, wherever in its handling one asks. */
export interface CallContext {
  /** The user's verified token, if the request carries one. */
  readonly user: VerifiedToken | undefined;
  /** The service that placed the call; undefined at the gateway, whose callers are no services. */
  readonly service: string | undefined;
  /** When the request must have been answered, in milliseconds since the epoch; Infinity if nobody said. */
  readonly deadline: number;
}

const storage = new AsyncLocalStorage<CallContext>();

/** Runs `work`, and all that follows from it, as part of this request. */
export const runInCall = <T>(context: CallContext, work: () => T): T => storage.run(context, work);

/** The request at hand, or undefined outside of any, as in a job. */
export const currentCall = (): CallContext | undefined => storage.getStore();

/** Who the request at hand is made for, or undefined if nobody is signed in. */
export function currentUser(): AuthenticatedUser | undefined {
  const call = storage.getStore();
  return call?.user?.caller.calledBy(call.service);
}
