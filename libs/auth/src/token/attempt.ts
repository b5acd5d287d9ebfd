import type { Strategy } from 'passport';

/** The methods by which a Passport strategy reports the outcome of an attempt. */
export interface Outcome<User> {
  readonly success: (user: User) => void;
  /** The request has no credential for this strategy, or a wrong one. */
  readonly fail: (fault?: unknown) => void;
  readonly error: (failure: unknown) => void;
}

/**
 * Runs a Passport strategy without Express. Each attempt has an object of its own that inherits from the strategy, as under
 * `passport.authenticate`: concurrent attempts never share an outcome.
 *
 * @param request the part of a request that the strategy reads
 */
export function attempt<User>(strategy: Strategy, request: object, outcome: Outcome<User>): void {
  const own = Object.assign(Object.create(strategy) as { authenticate(request: object): void }, outcome);
  own.authenticate(request);
}
