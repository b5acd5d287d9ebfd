import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditEventType, AuthService } from '@reputable/contracts/auth/v1/auth';
import { PostService } from '@reputable/contracts/post/v1/post';
import { eventually, query, type TestService, urlsOf } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type AccountWorld, type Member, ORIGIN, PageBrowser, sharedAccountWorld } from '../account/account.fixture.ts';
import { type Document, DocumentedApi } from '../testing/documented-api.ts';
import { RpcCounter } from '../testing/rpc-counter.ts';

const PATH = '/account/export';

const OTHER_ADDRESS = '198.51.100.99';

let accounts: AccountWorld;
let [post, comment, gateway]: TestService[] = [];
let toPost: RpcCounter & { readonly url: string };
let document: Document;
let api: DocumentedApi;

beforeAll(async () => {
  document = JSON.parse(await readFile(new URL('../api/openapi.json', import.meta.url), 'utf8')) as Document;
  accounts = await sharedAccountWorld();
  const { world, issuer, auth, user } = accounts;
  [post, comment] = await Promise.all([world.start('post', { ...issuer, ...urlsOf({ user }) }), world.start('comment', issuer)]);
  const certificates = { asService: await world.certificate('post'), asGateway: await world.certificate('gateway') };
  toPost = await RpcCounter.start({ contract: PostService, port: post.ports.grpc, service: 'post', ...certificates });
  const urls = { ...urlsOf({ auth, user, comment }), POST_URL: toPost.url };
  gateway = await world.start('gateway', { ...issuer, ...urls, PUBLIC_URL: ORIGIN });
  const origin = `http://127.0.0.1:${String(gateway.ports.http)}`;
  api = new DocumentedApi(document, origin);
});
afterAll(async () => {
  toPost.stop();
  await Promise.all([post, comment, gateway].map(async (service) => service?.stop()));
});

const databaseOf = (service: TestService | undefined) => service?.databaseUrl ?? '';

const ids = async (service: TestService | undefined, sql: string, { id }: Pick<Member, 'id'>) =>
  (await query<{ id: string }>(databaseOf(service), sql, [id])).map((row) => row.id).sort();

/** Rows of every kind of the user, some in several pages. Returns the secrets among them. */
async function somethingOfAll({ id, auth, accessToken, password }: Member, text: string): Promise<readonly string[]> {
  await auth.endOtherSessions({});
  const { token } = await auth.createPersonalAccessToken({ name: `Token ${text}`, scopes: ['posts:read'] });
  const at = databaseOf(accounts.auth);
  const linked = "INSERT INTO linked_log_in (id, account_id, issuer, subject, email) VALUES ($1, $2, 'https://a.example', $3, $4)";
  await query(at, linked, [randomUUID(), id, `subject-${text}`, `${text}@a.example`]);
  const client = randomUUID();
  const metadata = { client_id: client, client_name: `Application ${text}`, redirect_uris: ['https://app.example/callback'] };
  await query(at, 'INSERT INTO oauth_client (id, metadata) VALUES ($1, $2)', [client, metadata]);
  const consent = "INSERT INTO consent (id, account_id, client_id, allowed, rejected) VALUES ($1, $2, $3, '{openid}', '{}')";
  await query(at, consent, [randomUUID(), id, client]);
  const posts = `INSERT INTO post (id, author_id, title, body, created_at, updated_at)
    SELECT uuidv7(), author, 'Post ' || $3::text, 'B', now(), now()
    FROM (SELECT $1::uuid AS author, n FROM generate_series(1, 45) n UNION ALL SELECT $2::uuid, n FROM generate_series(1, 210) n) given`;
  const others = randomUUID();
  await query(databaseOf(post), posts, [id, others, text]);
  await query(databaseOf(post), 'INSERT INTO vote (post_id, user_id, value) SELECT id, $1::uuid, 1 FROM post WHERE author_id = $2', [
    id,
    others,
  ]);
  const comments = `INSERT INTO comment (id, post_id, author_id, body, created_at, updated_at)
    SELECT uuidv7(), uuidv7(), author, 'Comment ' || $3::text, now(), now()
    FROM (SELECT $1::uuid AS author, n FROM generate_series(1, 110) n UNION ALL SELECT $2::uuid, n FROM generate_series(1, 120) n) given`;
  await query(databaseOf(comment), comments, [id, others, text]);
  const votes = 'INSERT INTO comment_vote (comment_id, user_id) SELECT id, $1::uuid FROM comment WHERE author_id = $2';
  await query(databaseOf(comment), votes, [id, others]);
  const reputation = `INSERT INTO reputation_event (id, user_id, kind, undone, subject_id, delta, occurred_at)
    SELECT uuidv7(), $1::uuid, 'POST_UPVOTED', false, uuidv7(), 10, now() FROM generate_series(1, 130)`;
  await query(databaseOf(accounts.user), reputation, [id]);
  const secrets = `SELECT password_hash AS secret FROM account WHERE id = $1
    UNION ALL SELECT encode(hash, 'hex') FROM personal_access_token JOIN session USING (id) WHERE account_id = $1
    UNION ALL SELECT encode(hash, 'base64') FROM personal_access_token JOIN session USING (id) WHERE account_id = $1
    UNION ALL SELECT encode(hash, 'hex') FROM oauth_record WHERE payload ->> 'accountId' = $1::text`;
  const stored = await query<{ secret: string }>(at, secrets, [id]);
  return [token, accessToken, password, '$argon2', 'rpt_pat_', ...stored.map(({ secret }) => secret)];
}

const exported = ({ accessToken: token, password }: Member, currentPassword = password) =>
  api.send('POST', '/me/export', { token, body: { currentPassword } });

type Rows = readonly Readonly<Record<string, unknown>>[];

describe('an export of everything', () => {
  let [ada, bob]: Member[] = [];
  let secrets: readonly string[] = [];

  beforeAll(async () => {
    [ada, bob] = [await accounts.member(), await accounts.member()];
    secrets = await somethingOfAll(ada, 'canary-of-ada');
    secrets = [...secrets, ...(await somethingOfAll(bob, 'canary-of-bob'))];
    const user = await accounts.world.client(AuthService, accounts.auth, { service: 'user' });
    await user.recordAuditEvent({
      ...{ id: randomUUID(), userId: ada.id, actorId: bob.id, sessionId: randomUUID(), role: 'MODERATOR', clientAddress: OTHER_ADDRESS },
      ...{ type: AuditEventType.ROLE_GRANTED, occurredAt: timestampFromMs(Date.now()) },
    });
  });

  it('has every row that the services store about the user, and is a file', async () => {
    const member = ada as Member;
    const { headers, body } = await exported(member);
    expect(headers.get('content-disposition')).toBe('attachment; filename="reputable.json"');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ profile: { id: member.id, displayName: 'Ada <Lovelace>' }, account: { email: member.email } });
    const stored = {
      sessions: await ids(accounts.auth, 'SELECT id FROM session WHERE account_id = $1', member),
      personalAccessTokens: await ids(
        accounts.auth,
        'SELECT id FROM personal_access_token JOIN session USING (id) WHERE account_id = $1',
        member,
      ),
      applications: await ids(accounts.auth, 'SELECT id FROM consent WHERE account_id = $1', member),
      linkedLogIns: await ids(accounts.auth, 'SELECT id FROM linked_log_in WHERE account_id = $1', member),
      securityEvents: await ids(accounts.auth, 'SELECT id FROM audit_event WHERE user_id = $1', member),
      posts: await ids(post, 'SELECT id FROM post WHERE author_id = $1', member),
      postVotes: await ids(post, 'SELECT post_id AS id FROM vote WHERE user_id = $1', member),
      comments: await ids(comment, 'SELECT id FROM comment WHERE author_id = $1', member),
      commentVotes: await ids(comment, 'SELECT comment_id AS id FROM comment_vote WHERE user_id = $1', member),
      reputationEvents: await ids(accounts.user, 'SELECT id FROM reputation_event WHERE user_id = $1', member),
    };
    const found = Object.entries(body).filter((entry): entry is [string, Rows] => Array.isArray(entry[1]));
    const idsOf = (rows: Rows) => rows.map(({ id, postId, commentId }) => String(id ?? postId ?? commentId)).sort();
    expect(Object.fromEntries(found.map(([name, rows]) => [name, idsOf(rows)]))).toEqual(stored);
    expect(Object.values(stored).map(({ length }) => length > 0)).not.toContain(false);
    expect([stored.posts.length, stored.postVotes.length, stored.comments.length]).toEqual([45, 210, 110]);
  });

  it('has no secret, no hash, and nothing about another user (A20)', async () => {
    const text = JSON.stringify((await exported(ada as Member)).body);
    expect(text).toContain('canary-of-ada');
    for (const foreign of ['canary-of-bob', bob?.id, bob?.email, OTHER_ADDRESS]) expect(text).not.toContain(foreign);
    expect(secrets.length).toBeGreaterThan(15);
    for (const secret of secrets) expect(text).not.toContain(secret);
    for (const service of [gateway, accounts.auth]) for (const secret of secrets) expect(service?.log()).not.toContain(secret);
  });
});

it('5,000 votes are exported in messages of a bounded size', async () => {
  const ada = await accounts.member();
  const votes = `WITH posts AS (
      INSERT INTO post (id, author_id, title, body, created_at, updated_at)
      SELECT uuidv7(), uuidv7(), 'T', 'B', now(), now() FROM generate_series(1, 5000) RETURNING id
    )
    INSERT INTO vote (post_id, user_id, value) SELECT id, $1::uuid, 1 FROM posts`;
  await query(databaseOf(post), votes, [ada.id]);
  toPost.rpcs.length = 0;
  toPost.largest.clear();
  expect((await exported(ada)).body.postVotes).toHaveLength(5_000);
  // 50 pages, and a row before the export begins.
  expect(toPost.rpcs.filter((name) => name === 'ListOwnVotes')).toHaveLength(51);
  expect(toPost.largest.get('ListOwnVotes')).toBeLessThan(8_192);
});

describe('an export is refused', () => {
  it('with a wrong password, and without one', async () => {
    const ada = await accounts.member();
    for (const wrong of ['wrong horse battery', ''])
      expect(await exported(ada, wrong)).toMatchObject({ status: 422, body: { violations: [{ field: 'currentPassword' }] } });
    const { accessToken: token } = ada;
    expect(await api.send('POST', '/me/export', { token, body: {} })).toMatchObject({ status: 422 });
  });

  it('without a user, and with a personal access token', async () => {
    const { token } = await (await accounts.member()).auth.createPersonalAccessToken({ name: 'N', scopes: ['posts:read'] });
    expect(await api.send('POST', '/me/export', { body: {} })).toMatchObject({ status: 401, body: { reason: 'TOKEN_MISSING' } });
    expect(await api.send('POST', '/me/export', { token, body: {} })).toMatchObject({ status: 403, body: { reason: 'SCOPE_MISSING' } });
  });

  it('to a suspended user', async () => {
    const ada = await accounts.member();
    await query(databaseOf(accounts.user), "UPDATE profile SET suspended_at = now(), suspension_reason = 'Spam.' WHERE id = $1", [ada.id]);
    expect(await exported(ada)).toMatchObject({ status: 403, body: { reason: 'USER_SUSPENDED' } });
  });

  it('without a recent log-in, if the account has no password', async () => {
    const logIn = async (ageS: number) => {
      const member = await accounts.member();
      await query(databaseOf(accounts.auth), 'UPDATE account SET password_hash = NULL WHERE id = $1', [member.id]);
      await query(
        databaseOf(accounts.auth),
        `UPDATE oauth_record SET payload = jsonb_set(payload, '{extra,auth_time}', to_jsonb((payload #>> '{extra,auth_time}')::int - $2))
         WHERE model = 'AccessToken' AND payload ->> 'accountId' = $1`,
        [member.id, ageS],
      );
      return member;
    };
    expect(await exported(await logIn(310), '')).toMatchObject({ status: 409, body: { reason: 'LOG_IN_NOT_RECENT' } });
    expect((await exported(await logIn(200), '')).status).toBe(200);
  });

  it('more often than five times an hour', async () => {
    const ada = await accounts.member();
    for (let turn = 0; turn < 5; turn += 1) expect((await exported(ada)).status).toBe(200);
    const { status, headers } = await exported(ada);
    expect([status, Number(headers.get('retry-after')) > 3_000]).toEqual([429, true]);
  });
});

describe('an export for which a service is missing', () => {
  it('is refused before it begins, with the name of the service, and does not count', async () => {
    const ada = await accounts.member();
    const { accessToken: token, password, browser } = ada;
    // This gateway reaches neither post nor comment.
    const origin = `http://127.0.0.1:${String(accounts.gateway.ports.http)}`;
    const request = { token, body: { currentPassword: password } };
    for (let turn = 0; turn < 6; turn += 1) {
      const { status, headers, body } = await new DocumentedApi(document, origin).send('POST', '/me/export', request);
      expect([status, headers.get('content-disposition')]).toEqual([503, null]);
      expect(body).toMatchObject({
        reason: 'SERVICE_UNAVAILABLE',
        metadata: { service: expect.stringMatching(/^(post|comment)$/) as unknown },
      });
    }
    const page = await browser.submit(PATH, { current_password: password });
    expect([page.status, page.title, page.headers.get('content-disposition')]).toEqual([503, 'This did not work', null]);
    expect((await exported(ada)).status).toBe(200);
  });

  it('breaks off if it has begun, and was read as far as its client reads', async () => {
    const ada = await accounts.member();
    // 40 MB, which no buffer of a socket holds.
    const posts = `INSERT INTO post (id, author_id, title, body, created_at, updated_at)
      SELECT uuidv7(), $1::uuid, 'T', repeat('x', 100000), now(), now() FROM generate_series(1, 400)`;
    await query(databaseOf(post), posts, [ada.id]);
    toPost.rpcs.length = 0;
    const response = await fetch(`${api.origin}/api/v1/me/export`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ currentPassword: ada.password }),
    });
    expect(response.status).toBe(200);
    let [pages, timesUnchanged] = [0, 0];
    await eventually(() => {
      const before = pages;
      pages = toPost.rpcs.filter((name) => name === 'ListPosts').length;
      timesUnchanged = pages === before ? timesUnchanged + 1 : 0;
      expect(timesUnchanged).toBe(20);
    });
    expect(pages).toBeLessThan(15);
    const held = Promise.withResolvers<undefined>();
    toPost.hold = held.promise;
    await expect(response.text()).rejects.toThrow();
    await eventually(() => expect(gateway?.log()).toContain('data export not completed'));
    toPost.hold = Promise.resolve();
    held.resolve(undefined);
  });
});

describe('the page', () => {
  async function aBrowser() {
    const ada = await accounts.member();
    const browser = new PageBrowser(api.origin);
    for (const [name, value] of ada.browser.cookies) browser.cookies.set(name, value);
    return { ada, browser };
  }

  it('downloads the export, and is offered before a deletion', async () => {
    const { ada, browser } = await aBrowser();
    expect((await browser.open('/account/delete')).text).toContain(`<a href="${PATH}">download your data</a>`);
    expect((await browser.open('/account')).text).toContain(`<a href="${PATH}">Download your data</a>`);
    expect((await browser.open(PATH)).title).toBe('Download your data');
    const { status, headers, text } = await browser.submit(PATH, { current_password: ada.password });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(headers.get('content-disposition')).toBe('attachment; filename="reputable.json"');
    expect(JSON.parse(text)).toMatchObject({ account: { email: ada.email }, posts: [] });
  });

  it.each(['canary-wrong-password', ''])('refuses the password %j, names the field, and shows no password', async (password) => {
    const { status, title, text } = await (await aBrowser()).browser.submit(PATH, { current_password: password });
    expect([status, title]).toEqual([422, 'Error: Download your data']);
    expect(text).toContain('<a href="#current_password">Current password: This is not your password.</a>');
    expect(text).not.toContain('canary');
  });
});
