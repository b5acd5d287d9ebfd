import type { DomainError } from '@reputable/errors';
import type { VerifiedToken } from '../token/access-token.ts';
import { runInCall } from './call-context.ts';

/** Runs the work of requests that do not arrive by gRPC, such as those of a gateway. */
export class CallRunner {
  /** @param deadlineMs the longest time of a request with all its calls, in milliseconds */
  constructor(readonly deadlineMs: number) {}

  /** Runs `work` as the token's user, or anonymously. Its calls to services carry the token, and end at the deadline of the request. */
  runAs<T>(token: VerifiedToken | undefined, work: () => T): T {
    const deadline = Date.now() + this.deadlineMs;
    return runInCall({ user: token?.user, peer: undefined, token, deadline, values: new Map() }, work);
  }

  /**
   * Runs `work` anonymously, because the credential of the request cannot be checked now. Its calls that need a user, and `@CurrentUser()`, fail with
   * this error in place of TOKEN_MISSING: logging in again would not help.
   */
  runUnidentified<T>(unidentified: DomainError, work: () => T): T {
    const deadline = Date.now() + this.deadlineMs;
    return runInCall({ user: undefined, peer: undefined, token: undefined, deadline, unidentified, values: new Map() }, work);
  }
}
