import type { DomainError } from '@reputable/errors';

/** Observes each check of a decision, in order. The span of a call does. */
export interface CheckObserver {
  /** @param check the name of the check @param refusal its error; undefined if it passed */
  checked(check: string, refusal: DomainError | undefined): void;
}
