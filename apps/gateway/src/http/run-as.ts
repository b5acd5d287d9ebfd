import { DEADLINE_MS, runInCall, type VerifiedToken } from '@reputable/auth';

/** Runs `work` as a request of the token's user, or of nobody: the calls to services that it places carry the token. */
export const runAs = <T>(token: VerifiedToken | undefined, work: () => T): T =>
  runInCall({ user: token?.user, peer: undefined, token, deadline: Date.now() + DEADLINE_MS }, work);
