import type { DatabaseSchema } from '@reputable/database';
import { Account } from './account/account.entity.ts';
import { BrowserSession } from './browser-session/browser-session.entity.ts';
import { SigningKey } from './key/signing-key.entity.ts';
import { LinkedLogIn } from './linked-log-in/linked-log-in.entity.ts';
import { Consent } from './consent/consent.entity.ts';
import { CreateAccounts1763700000000 } from './migrations/1763700000000-create-accounts.ts';
import { CreateSigningKeys1763700000001 } from './migrations/1763700000001-create-signing-keys.ts';
import { CreateRevocations1763700000002 } from './migrations/1763700000002-create-revocations.ts';
import { CreateOAuthRecords1763700000003 } from './migrations/1763700000003-create-oauth-records.ts';
import { CreateBrowserSessions1763700000004 } from './migrations/1763700000004-create-browser-sessions.ts';
import { CreateAttempts1763700000005 } from './migrations/1763700000005-create-attempts.ts';
import { DivideApiScope1763700000006 } from './migrations/1763700000006-divide-api-scope.ts';
import { CreateOneTimeLinks1763700000007 } from './migrations/1763700000007-create-one-time-links.ts';
import { CreatePersonalAccessTokens1763700000008 } from './migrations/1763700000008-create-personal-access-tokens.ts';
import { AllowClientAccounts1763700000010 } from './migrations/1763700000010-allow-client-accounts.ts';
import { CreateLinkedLogIns1763700000012 } from './migrations/1763700000012-create-linked-log-ins.ts';
import { CreateConsents1763700000011 } from './migrations/1763700000011-create-consents.ts';
import { CreateRegistrations1763700000013 } from './migrations/1763700000013-create-registrations.ts';
import { CreateOutsideSessions1763700000014 } from './migrations/1763700000014-create-outside-sessions.ts';
import { ConfirmOutsideAddresses1763700000015 } from './migrations/1763700000015-confirm-outside-addresses.ts';
import { CreateEndedLogIns1763700000016 } from './migrations/1763700000016-create-ended-log-ins.ts';
import { CreateIssuerSessions1763700000020 } from './migrations/1763700000020-create-issuer-sessions.ts';
import { CreateIssuerLogOuts1763700000021 } from './migrations/1763700000021-create-issuer-log-outs.ts';
import { KeepRefreshAnswers1763700000023 } from './migrations/1763700000023-keep-refresh-answers.ts';
import { CreateIssuerPolls1763700000024 } from './migrations/1763700000024-create-issuer-polls.ts';
import { CreateAuditEvents1763700000025 } from './migrations/1763700000025-create-audit-events.ts';
import { NumberRevocations1763700000026 } from './migrations/1763700000026-number-revocations.ts';
import { PinPathOfAuditTriggers1763700000027 } from './migrations/1763700000027-pin-path-of-audit-triggers.ts';
import { CreateAccountDeletions1763700000028 } from './migrations/1763700000028-create-account-deletions.ts';
import { CreateKeptClaims1763700000029 } from './migrations/1763700000029-create-kept-claims.ts';
import { AddTransactionsToAuditEvents1763700000030 } from './migrations/1763700000030-add-transactions-to-audit-events.ts';
import { PersonalAccessToken } from './personal-access-token/personal-access-token.entity.ts';
import { Session } from './session/session.entity.ts';

/** The entities and migrations of the service's database. */
export const schema: DatabaseSchema = {
  entities: [Account, BrowserSession, Consent, LinkedLogIn, PersonalAccessToken, Session, SigningKey],
  migrations: [
    CreateAccounts1763700000000,
    CreateSigningKeys1763700000001,
    CreateRevocations1763700000002,
    CreateOAuthRecords1763700000003,
    CreateBrowserSessions1763700000004,
    CreateAttempts1763700000005,
    DivideApiScope1763700000006,
    CreateOneTimeLinks1763700000007,
    CreatePersonalAccessTokens1763700000008,
    AllowClientAccounts1763700000010,
    CreateConsents1763700000011,
    CreateLinkedLogIns1763700000012,
    CreateRegistrations1763700000013,
    CreateOutsideSessions1763700000014,
    ConfirmOutsideAddresses1763700000015,
    CreateEndedLogIns1763700000016,
    CreateIssuerSessions1763700000020,
    CreateIssuerLogOuts1763700000021,
    KeepRefreshAnswers1763700000023,
    CreateIssuerPolls1763700000024,
    CreateAuditEvents1763700000025,
    NumberRevocations1763700000026,
    PinPathOfAuditTriggers1763700000027,
    CreateAccountDeletions1763700000028,
    CreateKeptClaims1763700000029,
    AddTransactionsToAuditEvents1763700000030,
  ],
};
