import type { CheckObserver } from '../access/check-observer.ts';
import type { VerifiedToken } from '../token/access-token.ts';

/** Observes the checks of a decision, and its token. */
export interface DecisionObserver extends CheckObserver {
  /** @param cached whether the token was verified earlier */
  verified(token: VerifiedToken, cached: boolean): void;
}
