import type { NamedLine } from './named-line.ts';

const DECIDE = 'libs/auth/src/access/decide.ts';

/** The lines that refuse a request, by the reason of the refusal. */
const BY_REASON: Readonly<Record<string, NamedLine>> = {
  CERTIFICATE_REQUIRED: { file: 'libs/auth/src/tls/credentials.ts', text: 'createCertificateProviderServerCredentials(certificate' },
  CALLER_NOT_ALLOWED: { file: DECIDE, text: 'undefined : callerNotAllowed(rule, service)' },
  TOKEN_MISSING: { file: DECIDE, text: ': tokenMissing()' },
  TOKEN_INVALID: { file: 'libs/auth/src/issuer/issuer.ts', text: 'await jwtVerify(jwt,' },
  TOKEN_REVOKED: { file: 'libs/auth/src/revocation/token-revocations.ts', text: 'return tokenRevoked()' },
  PRESENTER_MISMATCH: { file: DECIDE, text: ': presenterMismatch(transaction, peer)' },
  TRANSACTION_MISMATCH: { file: DECIDE, text: ': transactionMismatch(rule, transaction)' },
  CLAIMS_TOO_OLD: { file: DECIDE, text: ': claimsTooOld(claimsAgeS)' },
  ROLE_MISSING: { file: DECIDE, text: ': roleMissing(rule, user)' },
  REPUTATION_TOO_LOW: { file: DECIDE, text: '? reputationTooLow(minReputation' },
  SCOPE_MISSING: { file: DECIDE, text: ': scopeMissing(rule, user)' },
  OWN_POST: { file: 'apps/post/src/vote/vote.service.ts', text: 'mayVote(user, post)' },
  NOT_YOUR_POST: { file: 'apps/post/src/post/post.service.ts', text: 'throw notYoursToEdit()' },
  USER_OUTRANKS_YOU: { file: 'apps/user/src/profile/profile.service.ts', text: 'throw userOutranksYou()' },
  USER_SUSPENDED: { file: 'apps/auth/src/account/user-claims.ts', text: 'throw userSuspended()' },
  CREDENTIALS_INVALID: { file: 'apps/auth/src/account/authentication.service.ts', text: 'if (!found) throw credentialsInvalid()' },
};

/** The lines of refusals whose reason has another line elsewhere, by action and reason. */
const BY_ACTION: Readonly<Record<string, NamedLine>> = {
  'comment REPUTATION_TOO_LOW': {
    file: 'apps/comment/src/comment/comment.service.ts',
    text: 'throw reputationTooLow(COMMENTER_REPUTATION',
  },
  'stolen-token TOKEN_INVALID': { file: 'apps/gateway/src/authentication/authentication.guard.ts', text: "credential.kind === 'unknown'" },
};

/** The lines that do each check of a call, by the name of the check. */
const BY_CHECK: Readonly<Record<string, NamedLine>> = {
  peer: { file: DECIDE, text: 'export function refusePeer' },
  token: { file: 'libs/auth/src/token/token-verifier.ts', text: 'async verify(authorization: string)' },
  transaction: { file: DECIDE, text: ': transactionMismatch(rule, transaction)' },
  user: { file: DECIDE, text: ': tokenMissing()' },
  'fresh claims': { file: DECIDE, text: ': claimsTooOld(claimsAgeS)' },
  role: { file: DECIDE, text: ': roleMissing(rule, user)' },
  reputation: { file: DECIDE, text: '? reputationTooLow(minReputation' },
  scope: { file: DECIDE, text: ': scopeMissing(rule, user)' },
};

/** The line that refuses an action for a reason, if it is listed. */
export const refusingLine = (action: string, reason: string): NamedLine | undefined =>
  listed(BY_ACTION, `${action} ${reason}`) ?? listed(BY_REASON, reason);

/** The line of a check, if it is listed. */
export const checkingLine = (check: string): NamedLine | undefined => listed(BY_CHECK, check);

/** Names come from requests and spans, and can be those of properties of every object, such as `__proto__`. */
const listed = (lines: Readonly<Record<string, NamedLine>>, name: string) => (Object.hasOwn(lines, name) ? lines[name] : undefined);

/** Every listed line. */
export const listedLines = (): readonly NamedLine[] => [BY_REASON, BY_ACTION, BY_CHECK].flatMap((lines) => Object.values(lines));
