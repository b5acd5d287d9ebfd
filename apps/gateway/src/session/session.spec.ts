import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { linksIn } from '@reputable/mailbox';
import { createAccount, denied, eventually, freePort, query, type TestService, TestWorld } from '@reputable/testing';
import { type Answer, asking } from '../testing/ask.ts';

const SESSION = 'accessToken refreshToken tokenType expiresIn user { id displayName reputation roles }';
const REGISTER = 'mutation($input: RegisterInput!) { register(input: $input) { email linkExpiresIn } }';
const CONFIRM = `mutation($token: String!, $password: String!) { confirmRegistration(token: $token, password: $password) { ${SESSION} } }`;
const LOG_IN = `mutation($input: LogInInput!) { logIn(input: $input) { ${SESSION} } }`;
const REFRESH = `mutation($token: String!) { refresh(refreshToken: $token) { ${SESSION} } }`;
const SESSIONS = '{ sessions { nodes { id device current createdAt lastUsedAt } pageInfo { hasNextPage } } }';

const PASSWORD = 'correct horse battery';
const ada = { email: 'ada@example.com', password: PASSWORD, displayName: 'Ada' };

interface Session {
  accessToken: string;
  refreshToken: string;
  user: { id: string; displayName: string };
}

let world: TestWorld;
let user: TestService;
let databases: { readonly auth: string; readonly user: string };
let gateway: TestService;
/** A second gateway that trusts this machine as a proxy. */
let behindProxy: TestService;
let ask: ReturnType<typeof asking>;

beforeAll(async () => {
  world = await TestWorld.create();
  // All services need the issuer's URL, so its port must be known before they start.
  const PORT = String(await freePort());
  const issuer = { ISSUER: `http://localhost:${PORT}`, JWKS_URI: `http://localhost:${PORT}/.well-known/jwks.json` };
  user = await world.start('user', issuer);
  const USER_URL = `localhost:${String(user.ports.grpc)}`;
  const auth = await world.start('auth', { ...issuer, PORT, USER_URL });
  databases = { auth: auth.databaseUrl, user: user.databaseUrl };
  const settings = {
    ...issuer,
    AUTH_URL: `localhost:${String(auth.ports.grpc)}`,
    USER_URL,
  };
  gateway = await world.start('gateway', settings);
  behindProxy = await world.start('gateway', { ...settings, TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' });
  ask = asking(gateway.ports.http);
});

afterAll(() => world.end());

const sessionIn = (answer: Answer, field: string) => {
  expect(answer.errors).toEqual([]);
  return answer.data?.[field] as Session;
};

const logIn = async (headers: Record<string, string> = {}) =>
  sessionIn(await ask(LOG_IN, { variables: { input: { email: ada.email, password: PASSWORD } }, headers }), 'logIn');

it('begins with registration, and the new user is signed in', async () => {
  const { data } = await ask(REGISTER, { variables: { input: ada } });
  expect(data).toEqual({ register: { email: ada.email, linkExpiresIn: 900 } });
  const mailbox = await world.mailbox();
  const [link = ''] = await eventually(() => {
    const [mail] = mailbox.mailsTo(ada.email);
    if (!mail) throw new Error('No mail has arrived.');
    return linksIn(mail);
  });
  const token = new URL(link).pathname.split('/').at(-1);
  const { accessToken, ...session } = sessionIn(await ask(CONFIRM, { variables: { token, password: PASSWORD } }), 'confirmRegistration');
  expect(session).toEqual({
    refreshToken: expect.any(String),
    tokenType: 'Bearer',
    expiresIn: 300,
    user: { id: expect.any(String), displayName: 'Ada', reputation: 1, roles: [] },
  });
  expect((await ask('{ me { id displayName } }', { token: accessToken })).data).toEqual({
    me: { id: session.user.id, displayName: 'Ada' },
  });
});

it('begins with a log-in, and shows its device', async () => {
  const { accessToken: token } = await logIn({ 'user-agent': `Browser/1.0 ${'x'.repeat(300)}` });
  const { data } = await ask(SESSIONS, { token });
  const { nodes } = data?.sessions as { nodes: { device: string; current: boolean; createdAt: string }[] };
  expect(nodes[0]).toMatchObject({
    device: `Browser/1.0 ${'x'.repeat(188)}`,
    current: true,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});

it('continues with its refresh token, which is valid once', async () => {
  const { refreshToken } = await logIn();
  const next = sessionIn(await ask(REFRESH, { variables: { token: refreshToken } }), 'refresh');
  expect(next.refreshToken).not.toBe(refreshToken);
  expect((await ask('{ me { displayName } }', { token: next.accessToken })).errors).toEqual([]);
});

it('ends by logging out', async () => {
  const { accessToken, refreshToken } = await logIn();
  expect((await ask('mutation { logOut }', { token: accessToken })).data).toEqual({ logOut: true });
  const { errors } = await ask(REFRESH, { variables: { token: refreshToken } });
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', reason: 'REFRESH_TOKEN_INVALID' } }]);
});

it('ends from another device', async () => {
  const lost = await logIn({ 'user-agent': 'Lost' });
  const { accessToken: token } = await logIn();
  const { data } = await ask(SESSIONS, { token });
  const { nodes } = data?.sessions as { nodes: { id: string; device: string }[] };
  const id = nodes.find(({ device }) => device === 'Lost')?.id;
  expect((await ask('mutation($id: ID!) { endSession(id: $id) }', { token, variables: { id } })).data).toEqual({ endSession: true });
  expect((await ask(REFRESH, { variables: { token: lost.refreshToken } })).errors).toHaveLength(1);
});

describe('does not begin', () => {
  it('with a wrong password, as with an unknown address', async () => {
    const wrong = await ask(LOG_IN, { variables: { input: { email: ada.email, password: 'wrong horse battery' } } });
    const unknown = await ask(LOG_IN, { variables: { input: { email: 'nobody@example.com', password: PASSWORD } } });
    expect(wrong).toMatchObject({
      status: 200,
      data: null,
      errors: [{ path: ['logIn'], extensions: { code: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' } }],
    });
    expect(unknown.errors).toEqual(wrong.errors);
  });

  it('with invalid input, and the error names every field', async () => {
    const { errors } = await ask(REGISTER, { variables: { input: { email: 'x', password: 'short', displayName: '' } } });
    expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD' });
    expect(errors[0]?.extensions.violations).toMatchObject([{ field: 'email' }, { field: 'password' }, { field: 'displayName' }]);
    expect(errors[0]?.message).toContain('displayName: ');
  });
});

it('changes the password and ends the other sessions', async () => {
  const CHANGE = 'mutation($input: ChangePasswordInput!) { changePassword(input: $input) }';
  const grace = { email: 'grace@example.com', password: PASSWORD, displayName: 'Grace' };
  await createAccount(databases, grace);
  const { email } = grace;
  const first = sessionIn(await ask(LOG_IN, { variables: { input: { email, password: PASSWORD } } }), 'logIn');
  const { accessToken: token } = sessionIn(await ask(LOG_IN, { variables: { input: { email, password: PASSWORD } } }), 'logIn');
  const input = { currentPassword: PASSWORD, newPassword: 'another horse battery' };
  expect(await ask(CHANGE, { token, variables: { input } })).toMatchObject({ data: { changePassword: 1 }, errors: [] });
  expect((await ask(REFRESH, { variables: { token: first.refreshToken } })).errors).toHaveLength(1);
  sessionIn(await ask(LOG_IN, { variables: { input: { email, password: input.newPassword } } }), 'logIn');
  expect((await ask(CHANGE, { variables: { input } })).errors).toMatchObject([{ extensions: { reason: 'TOKEN_MISSING' } }]);
  // The gateway refuses the call before it sends it.
  await eventually(() => expect(gateway.log()).toMatch(/"msg":"call refused".*ChangePassword.*TOKEN_MISSING/));
  const short = await ask(CHANGE, { token, variables: { input: { ...input, newPassword: 'short' } } });
  expect(short.errors[0]?.extensions.violations).toMatchObject([{ field: 'newPassword' }]);
});

describe('attempts are counted by address (A15)', () => {
  /** The outcome of a log-in to an account that does not exist. */
  const attempt = async ({ ports }: TestService, email: string, forwardedFor: string) => {
    const answer = await asking(ports.http)(LOG_IN, {
      variables: { input: { email, password: PASSWORD } },
      headers: { 'x-forwarded-for': forwardedFor },
    });
    return answer.errors[0]?.extensions.reason;
  };

  it('of the connection, regardless of headers', async () => {
    for (let i = 1; i <= 5; i += 1) {
      expect(await attempt(gateway, 'claims@example.com', `203.0.113.${String(i)}`)).toBe('CREDENTIALS_INVALID');
    }
    expect(await attempt(gateway, 'claims@example.com', '203.0.113.6')).toBe('TOO_MANY_ATTEMPTS');
    // Behind a proxy that is not declared, all users would share this limit.
    const lines = () => gateway.log().match(/X-Forwarded-For from an address that TRUSTED_PROXIES does not list/g);
    await eventually(() => expect(lines()).toHaveLength(1));
  });

  it('from a trusted proxy: the last one in X-Forwarded-For', async () => {
    const email = 'proxied@example.com';
    for (let i = 1; i <= 5; i += 1) {
      expect(await attempt(behindProxy, email, `198.51.100.${String(i)}, 203.0.113.1, 10.1.2.3`)).toBe('CREDENTIALS_INVALID');
    }
    expect(await attempt(behindProxy, email, '203.0.113.1')).toBe('TOO_MANY_ATTEMPTS');
    expect(await attempt(behindProxy, email, '203.0.113.2')).toBe('CREDENTIALS_INVALID');
    expect(behindProxy.log()).not.toContain('TRUSTED_PROXIES');
  });

  it('of the proxy, if X-Forwarded-For contains no address', async () => {
    for (let i = 1; i <= 5; i += 1) expect(await attempt(behindProxy, 'odd@example.com', `odd-${String(i)}`)).toBe('CREDENTIALS_INVALID');
    expect(await attempt(behindProxy, 'odd@example.com', 'unknown')).toBe('TOO_MANY_ATTEMPTS');
  });
});

it('the audit log has the address that a trusted proxy states, whatever the request is', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.77' };
  const askBehind = asking(behindProxy.ports.http);
  const input = { email: ada.email, password: PASSWORD };
  const { accessToken: token } = sessionIn(await askBehind(LOG_IN, { variables: { input }, headers }), 'logIn');
  await askBehind('mutation { logOut }', { token, headers });
  const recorded = await query(databases.auth, "SELECT type FROM audit_event WHERE address = '203.0.113.77' ORDER BY recorded_at");
  expect(recorded).toEqual([{ type: 'session_begun' }, { type: 'log_in' }, { type: 'log_out' }]);
});

it('any number of requests with invalid tokens take one line of the log', async () => {
  const lines = () => gateway.log().match(/"msg":"request refused".*"reason":"TOKEN_INVALID"/g)?.length ?? 0;
  const before = lines();
  for (let turn = 0; turn < 5; turn += 1) expect((await ask('{ me { id } }', { token: `canary-${String(turn)}` })).status).toBe(401);
  await eventually(() => expect(lines()).toBeGreaterThan(0));
  expect(lines() - before).toBeLessThanOrEqual(1);
});

it('keeps passwords and tokens out of the log (A20)', async () => {
  const { accessToken, refreshToken } = await logIn();
  await ask(LOG_IN, { variables: { input: { email: ada.email, password: { secret: 'canary-password' } } } });
  await ask('{ me { id } }', { token: `${accessToken}canary` });
  const log = gateway.log();
  for (const secret of [PASSWORD, 'canary', accessToken, refreshToken]) expect(log).not.toContain(secret);
});

it('survives the deletion of the profile, with the id only', async () => {
  const session = await logIn();
  await ask('{ me { id } }', { token: session.accessToken });
  await query(user.databaseUrl, 'DELETE FROM profile WHERE id = $1', [session.user.id]);
  const { data, errors } = await ask('{ me { id } }', { token: session.accessToken });
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND', ...denied('USER_NOT_FOUND', { id: session.user.id }) } }]);
});
