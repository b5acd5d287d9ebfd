import { DEADLINE_MS, runInCall, type VerifiedToken } from '@reputable/auth';

/** Runs `work` as the token's user, or anonymously. Its calls to services carry the token. */
export const runAs = <T>(token: VerifiedToken | undefined, work: () => T): T =>
  runInCall({ user: token?.user, peer: undefined, token, deadline: Date.now() + DEADLINE_MS, values: new Map() }, work);
