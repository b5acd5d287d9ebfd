import { AsyncLocalStorage } from 'node:async_hooks';
import type { DomainError } from '@reputable/errors';
import { tokenMissing } from '../access/denials.ts';
import type { AuthenticatedUser } from '../access/authenticated-user.ts';
import type { VerifiedToken } from '../token/access-token.ts';

/** The context of the current call, available to all code that handles it. */
export interface CallContext {
  /** The user whose token came with the call; undefined if none did. */
  readonly user: AuthenticatedUser | undefined;
  /** The service at the other end of the connection; undefined at the gateway, whose clients are not services. */
  readonly peer: string | undefined;
  /** The user's verified token, for calls to other services. */
  readonly token: VerifiedToken | undefined;
  /** The deadline in milliseconds since the epoch; Infinity if the peer set none. */
  readonly deadline: number;
  /** Why the credential of the request could not be checked. Then there is no user, and what needs one fails with this error. */
  readonly unidentified?: DomainError;
  /**
   * Values that live as long as the call, by key. A WeakMap with the context as its key would keep them longer: only a full garbage collection
   * frees the values of a long-lived WeakMap.
   */
  readonly values?: Map<object, unknown>;
}

const storage = new AsyncLocalStorage<CallContext>();

/** Runs `work`, and everything it starts, in this context. */
export const runInCall = <T>(context: CallContext, work: () => T): T => storage.run(context, work);

/** Runs `work` in the context of the current call, but without its deadline: for work that other calls wait for, too. */
export const withoutDeadline = <T>(work: () => T): T => {
  const context = storage.getStore();
  return context ? storage.run({ ...context, deadline: Infinity }, work) : work();
};

/** The context of the current call; undefined outside a call, for example in a job. */
export const currentCall = (): CallContext | undefined => storage.getStore();

/** The error of a current call that needs a user and has none. */
export const userMissing = (): DomainError => storage.getStore()?.unidentified ?? tokenMissing();

/** The user of the current call; undefined if the call carries no token. */
export const currentUser = (): AuthenticatedUser | undefined => storage.getStore()?.user;
