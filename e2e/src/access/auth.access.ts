import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AuditEventType, AuthService, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { linksIn } from '@reputable/mailbox';
import { aUser, eventually, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Makers } from '../access-table.ts';
import type { Subjects } from '../subject.ts';

export const table = `
rpc                       | nobody | member                  | from  | MODERATOR               | ADMIN                   | owner | scope   | services
Register                  | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
ConfirmRegistration       | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
LogIn                     | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
Refresh                   | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
ChangePassword            | token  | CREDENTIALS_INVALID     | never | CREDENTIALS_INVALID     | CREDENTIALS_INVALID     | yes   | account | -
RequestPasswordReset      | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
GetAccount                | token  | TOKEN_INVALID           | never | TOKEN_INVALID           | TOKEN_INVALID           | yes   | account | -
RequestEmailVerification  | token  | TOKEN_INVALID           | never | TOKEN_INVALID           | TOKEN_INVALID           | yes   | account | -
RequestEmailChange        | token  | CREDENTIALS_INVALID     | never | CREDENTIALS_INVALID     | CREDENTIALS_INVALID     | yes   | account | -
DeleteAccount             | token  | TOKEN_INVALID           | never | TOKEN_INVALID           | TOKEN_INVALID           | yes   | account | -
AuthorizeDataExport       | token  | TOKEN_INVALID           | never | TOKEN_INVALID           | TOKEN_INVALID           | yes   | account | -
ListSecurityEvents        | token  | yes                     | 1     | yes                     | yes                     | yes   | account | -
LogOut                    | token  | yes                     | 1     | yes                     | yes                     | yes   | -       | -
ListSessions              | token  | yes                     | 1     | yes                     | yes                     | yes   | account | -
EndSession                | token  | SESSION_NOT_FOUND       | never | SESSION_NOT_FOUND       | SESSION_NOT_FOUND       | yes   | account | -
EndOtherSessions          | token  | yes                     | 1     | yes                     | yes                     | yes   | account | -
CreatePersonalAccessToken | token  | TOKEN_INVALID           | never | TOKEN_INVALID           | TOKEN_INVALID           | yes   | account | -
ListAllowedApplications   | token  | yes                 | 1     | yes                 | yes                 | yes   | account | -
DisallowApplication       | token  | APPLICATION_NOT_ALLOWED | never | APPLICATION_NOT_ALLOWED | APPLICATION_NOT_ALLOWED | yes | account | -
ListPersonalAccessTokens  | token  | yes                     | 1     | yes                     | yes                     | yes   | account | -
ListLinkedLogIns          | token  | yes                     | 1     | yes                     | yes                     | yes   | account | -
UnlinkLogIn               | token  | LINKED_LOG_IN_NOT_FOUND | never | LINKED_LOG_IN_NOT_FOUND | LINKED_LOG_IN_NOT_FOUND | yes   | account | -
ExchangeToken             | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
ExchangeClientCredentials | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
IssueTransactionToken     | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | post, comment
ListBrowserOrigins        | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
AnnounceClaims            | -      | -                       | never | -                       | -                       | -     | -       | user
RecordAuditEvent          | -      | -                       | never | -                       | -                       | -     | -       | user
RevokeUser                | -      | -                       | never | -                       | -                       | -     | -       | user
WatchRevocations          | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | every other
CreateBrowserSession      | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
GetBrowserSession         | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
HoldBrowserSession        | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
ReplaceBrowserSession     | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
DeleteBrowserSession      | yes    | yes                     | 1     | yes                     | yes                     | yes   | -       | -
`;

export const makers = (given: Subjects): Makers => ({
  Register: () => ({ request: newcomer() }),
  ConfirmRegistration: async () => ({ request: await aRegistration(given) }),
  LogIn: async () => {
    const { email, password } = (await anAccount(given)).credentials;
    return { request: { email, password, address: ADDRESS } };
  },
  Refresh: async () => ({ request: { refreshToken: (await anAccount(given)).refreshToken, address: ADDRESS } }),
  ChangePassword: async () => {
    const { owner, credentials } = await anAccount(given);
    const request = { currentPassword: credentials.password, newPassword: 'another horse battery staple', address: ADDRESS };
    return { request, owner };
  },
  RequestPasswordReset: () => ({ request: { email: newcomer().email, address: ADDRESS } }),
  GetAccount: async () => ({ request: {}, owner: (await anAccount(given)).owner }),
  RequestEmailVerification: async () => ({ request: { address: ADDRESS }, owner: (await anAccount(given)).owner }),
  RequestEmailChange: async () => {
    const { owner, credentials } = await anAccount(given);
    return { request: { newEmail: newcomer().email, currentPassword: credentials.password, address: ADDRESS }, owner };
  },
  DeleteAccount: async () => {
    const { owner, credentials } = await anAccount(given);
    return { request: { currentPassword: credentials.password, address: ADDRESS }, owner };
  },
  AuthorizeDataExport: async () => {
    const { owner, credentials } = await anAccount(given);
    return { request: { currentPassword: credentials.password, address: ADDRESS }, owner };
  },
  ListSecurityEvents: () => ({ request: {} }),
  LogOut: () => ({ request: {} }),
  ListSessions: () => ({ request: {} }),
  EndSession: async () => {
    const { owner, session } = await anAccount(given);
    return { request: { id: session }, owner };
  },
  EndOtherSessions: () => ({ request: {} }),
  CreatePersonalAccessToken: async () => ({ request: { name: 'Backup', scopes: ['posts:read'] }, owner: (await anAccount(given)).owner }),
  ListPersonalAccessTokens: () => ({ request: {} }),
  ListAllowedApplications: () => ({ request: {} }),
  DisallowApplication: async () => {
    const { owner } = await anAccount(given);
    return { request: { id: await aConsent(given, owner) }, owner };
  },
  ListLinkedLogIns: () => ({ request: {} }),
  UnlinkLogIn: async () => {
    const { owner } = await anAccount(given);
    return { request: { id: await aLinkedLogIn(given, owner) }, owner };
  },
  ExchangeToken: async () => ({ request: { subjectToken: (await anAccount(given)).accessToken, audience: ['post'] } }),
  ExchangeClientCredentials: async () => ({ request: { ...(await anApiClient(given)), audience: ['post'], address: ADDRESS } }),
  IssueTransactionToken: async () => ({
    request: {
      // Each caller may replace a token for reads.
      subjectToken: await given.world.issuer.transactionTokenFor(aUser(), { trustDomain: TRUST_DOMAIN }),
      ...{ audience: TRUST_DOMAIN, scope: 'posts:read', rpc: 'reputable.post.v1.PostService/GetPost' },
    },
  }),
  AnnounceClaims: () => ({ request: { userId: randomUUID() } }),
  RecordAuditEvent: () => ({
    request: {
      ...{ id: randomUUID(), userId: randomUUID(), actorId: randomUUID() },
      ...{ type: AuditEventType.USER_SUSPENDED, occurredAt: timestampFromMs(Date.now()) },
    },
  }),
  RevokeUser: () => ({ request: { id: randomUUID(), userId: randomUUID(), cause: RevocationCause.SUSPENDED } }),
  WatchRevocations: () => ({ request: {} }),
  ListBrowserOrigins: () => ({ request: {} }),
  CreateBrowserSession: () => ({ request: aBrowserSession() }),
  GetBrowserSession: () => browserSession(given, ({ idHash }) => ({ idHash })),
  HoldBrowserSession: () => browserSession(given, ({ idHash }) => ({ idHash, version: 1 })),
  ReplaceBrowserSession: () => browserSession(given, ({ idHash, sealed }) => ({ idHash, sealed, version: 1 })),
  DeleteBrowserSession: () => browserSession(given, ({ idHash }) => ({ idHash })),
});

async function browserSession<R extends object>(given: Subjects, request: (session: ReturnType<typeof aBrowserSession>) => R) {
  const session = aBrowserSession();
  await (await given.as(BrowserSessionService)).createBrowserSession(session);
  return { request: request(session) };
}

async function anAccount(given: Subjects) {
  const credentials = newcomer();
  const auth = await given.as(AuthService);
  await given.createAccount(credentials);
  const { userId: owner = '', refreshToken, accessToken = '' } = (await auth.logIn(credentials)).tokens ?? {};
  const exchanged = await auth.exchangeToken({ subjectToken: accessToken, audience: ['auth'] });
  return { credentials, owner, refreshToken, accessToken, session: String(decodeJwt(exchanged.accessToken).sid) };
}

/** Links a log-in with an outside provider to an account. */
async function aLinkedLogIn(given: Subjects, accountId: string) {
  const id = randomUUID();
  const link = "INSERT INTO linked_log_in (id, account_id, issuer, subject) VALUES ($1, $2, 'https://accounts.example.com', $3)";
  await query(given.services.auth?.databaseUrl ?? '', link, [id, accountId, id]);
  return id;
}

/** A registration whose mail has arrived. */
async function aRegistration(given: Subjects) {
  const registration = newcomer();
  await (await given.as(AuthService)).register(registration);
  const mailbox = await given.world.mailbox();
  const link = await eventually(() => {
    const [mail] = mailbox.mailsTo(registration.email);
    if (!mail) throw new Error('No mail has arrived.');
    return linksIn(mail)[0] ?? '';
  });
  return { token: new URL(link).pathname.split('/').at(-1), password: registration.password, address: ADDRESS };
}

/** Registers an API client, as `npm run clients -- add --machine` does. */
async function anApiClient(given: Subjects) {
  const [clientId, clientSecret] = [randomUUID(), 'a secret of a test'];
  const metadata = {
    client_id: clientId,
    client_name: 'Robot',
    client_secret: createHash('sha256').update(clientSecret).digest('hex'),
    grant_types: ['client_credentials'],
    api_scope: 'posts:write',
  };
  await query(given.services.auth?.databaseUrl ?? '', 'INSERT INTO oauth_client (id, metadata) VALUES ($1, $2)', [clientId, metadata]);
  return { clientId, clientSecret };
}

async function aConsent(given: Subjects, accountId: string): Promise<string> {
  const { clientId } = await anApiClient(given);
  const id = randomUUID();
  await query(
    given.services.auth?.databaseUrl ?? '',
    "INSERT INTO consent (id, account_id, client_id, allowed, rejected) VALUES ($1, $2, $3, '{openid}', '{}')",
    [id, accountId, clientId],
  );
  return id;
}

const ADDRESS = '192.0.2.1';

const newcomer = () => ({
  email: `${randomUUID()}@example.com`,
  password: 'correct horse battery staple',
  displayName: 'Somebody',
  address: ADDRESS,
});

const aBrowserSession = () => ({
  idHash: new Uint8Array(randomBytes(32)),
  sealed: new Uint8Array(randomBytes(64)),
  expiresAt: timestampFromMs(Date.now() + 3_600_000),
});
