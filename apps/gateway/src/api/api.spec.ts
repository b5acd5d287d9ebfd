import { beforeAll, describe, expect, it } from '@jest/globals';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Validator } from '@seriousme/openapi-schema-validator';
import { aUser, type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sharedAccountWorld } from '../account/account.fixture.ts';
import { buildDocument } from '../openapi/document.ts';
import { type ApiAnswer, type ApiRequest, type Document, DocumentedApi } from '../testing/documented-api.ts';

const UNKNOWN = '0199a0a0-0000-7000-8000-000000000000';

let world: TestWorld;
let gateway: TestService;
let document: Document;
let api: DocumentedApi;

const author = aUser({ reputation: 200 });
const member = aUser({ reputation: 200 });
const newcomer = aUser();

beforeAll(async () => {
  document = JSON.parse(await readFile(new URL('openapi.json', import.meta.url), 'utf8')) as Document;
  world = await TestWorld.shared();
  const { user } = await world.services();
  gateway = await world.service('gateway');
  api = new DocumentedApi(document, `http://127.0.0.1:${String(gateway.ports.http)}`);
  const profiles = await world.client(UserService, user, { service: 'auth' });
  for (const [displayName, { id }] of Object.entries({ author, member, newcomer }))
    await profiles.createProfile({ userId: id, displayName });
});

const as = (user: TestUser, method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer> =>
  api.send(method, path, { token: world.opaque(user), ...request });

async function aPost(): Promise<{ path: string; etag: string }> {
  const { headers, status } = await as(author, 'POST', '/posts', { body: { title: 'Title', body: 'Body' } });
  expect(status).toBe(201);
  return { path: (headers.get('location') ?? '').replace('/api/v1', ''), etag: headers.get('etag') ?? '' };
}

describe('the document', () => {
  it('is the one of the controllers, and valid OpenAPI 3.1', async () => {
    expect(JSON.parse(JSON.stringify(await buildDocument()))).toEqual(document);
    const validator = new Validator();
    expect(await validator.validate({ ...document })).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is served', async () => {
    const response = await fetch(new URL('/api/v1/openapi.json', api.origin));
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual(document);
  });
});

describe('a post', () => {
  it('is written, read, listed, changed, voted on and deleted', async () => {
    const { path, etag } = await aPost();
    const read = await api.send('GET', path);
    expect(read.body).toMatchObject({ title: 'Title', score: 0, author: { id: author.id, displayName: 'author' }, myVote: null });
    expect(read.headers.get('etag')).toBe(etag);
    expect((await as(member, 'PUT', `${path}/vote`, { body: { vote: 'UP' } })).body).toMatchObject({ score: 1, myVote: 'UP' });
    expect((await as(member, 'PUT', `${path}/vote`, { body: { vote: 'DOWN' } })).body).toMatchObject({ score: -1, myVote: 'DOWN' });
    expect((await as(member, 'DELETE', `${path}/vote`)).body).toMatchObject({ score: 0, myVote: null });
    const changed = await as(author, 'PATCH', path, { body: { title: 'Better' }, headers: { 'if-match': etag } });
    expect([changed.status, changed.body]).toEqual([200, expect.objectContaining({ title: 'Better', body: 'Body' })]);
    expect(changed.headers.get('etag')).not.toBe(etag);
    const list = await api.send('GET', `/posts?author=${author.id}&limit=1`);
    expect(list.body).toMatchObject({ items: [{ title: 'Better' }] });
    expect((await as(author, 'DELETE', path)).status).toBe(204);
    expect(await api.send('GET', path)).toMatchObject({ status: 404, body: { reason: 'POST_NOT_FOUND' } });
  });

  it('is listed in pages, each with a link to the next', async () => {
    const lonely = aUser({ reputation: 200 });
    for (const title of ['One', 'Two', 'Three']) await as(lonely, 'POST', '/posts', { body: { title, body: 'Body' } });
    const titles: unknown[] = [];
    let next: string | undefined = `/posts?author=${lonely.id}&limit=2`;
    while (next !== undefined) {
      const { headers, body } = await api.send('GET', next);
      titles.push((body.items as { title: string }[]).map(({ title }) => title));
      next = /^<\/api\/v1(\/posts\?[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(titles).toEqual([['Three', 'Two'], ['One']]);
  });

  it('is changed only if it has the ETag', async () => {
    const { path, etag } = await aPost();
    const change = (ifMatch: string) => as(author, 'PATCH', path, { body: { body: ifMatch }, headers: { 'if-match': ifMatch } });
    expect((await change(etag)).status).toBe(200);
    expect(await change(etag)).toMatchObject({ status: 412, body: { title: 'Precondition Failed', reason: 'POST_CHANGED' } });
    expect((await change('"unknown"')).status).toBe(412);
    expect(await change(`W/${etag}`)).toMatchObject({ status: 400, body: { reason: 'REQUEST_INVALID' } });
    expect((await change('*')).status).toBe(200);
  });

  it('is not deleted or voted on with If-Match, which only PATCH compares', async () => {
    const { path, etag } = await aPost();
    for (const [user, method, to, body] of [
      [author, 'DELETE', path],
      [member, 'PUT', `${path}/vote`, { vote: 'UP' }],
    ] as const)
      expect(await as(user, method, to, { headers: { 'if-match': etag }, ...(body && { body }) })).toMatchObject({
        status: 400,
        body: { reason: 'REQUEST_INVALID' },
      });
    expect(await api.send('GET', path)).toMatchObject({ status: 200, body: { score: 0 } });
  });

  it('is created once by requests with one Idempotency-Key', async () => {
    const key = randomUUID();
    const create = (header: string, title = 'Once', user = author) =>
      as(user, 'POST', '/posts', { body: { title, body: 'Body' }, headers: { 'idempotency-key': header } });
    const first = await create(key);
    const second = await create(`"${key}"`);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(await create(key, 'Twice')).toMatchObject({
      status: 422,
      body: { title: 'Unprocessable Entity', code: 'ALREADY_EXISTS', reason: 'IDEMPOTENCY_KEY_REUSED' },
    });
    expect((await create(key, 'Once', member)).body.id).not.toBe(first.body.id);
    const comment = () =>
      as(member, 'POST', `/posts/${String(first.body.id)}/comments`, { body: { body: 'Hm' }, headers: { 'idempotency-key': key } });
    expect((await comment()).body).toEqual((await comment()).body);
  });

  it.each(['', '""', 'two words', 'k'.repeat(65), '"quote', "'; DROP TABLE post; --"])(
    'is not created with the Idempotency-Key %j',
    async (key) => {
      const { status, body } = await as(author, 'POST', '/posts', { body: { title: 'T', body: 'B' }, headers: { 'idempotency-key': key } });
      expect([status, body.violations]).toEqual([422, [expect.objectContaining({ field: 'Idempotency-Key' })]]);
    },
  );

  it('has its own path as its location, without the query of the request', async () => {
    const { headers, body } = await as(author, 'POST', '/posts?from=here', { body: { title: 'Title', body: 'Body' } });
    expect(headers.get('location')).toBe(`/api/v1/posts/${String(body.id)}`);
  });
});

it('a comment is written, listed, changed, voted on and deleted', async () => {
  const { path } = await aPost();
  const { body, status } = await as(member, 'POST', `${path}/comments`, { body: { body: 'A comment' } });
  expect([status, body]).toEqual([201, expect.objectContaining({ body: 'A comment', score: 0 })]);
  const comment = `/comments/${String(body.id)}`;
  expect((await api.send('GET', `${path}/comments?limit=1`)).body).toEqual({ items: [body] });
  expect((await as(member, 'PATCH', comment, { body: { body: 'Another' } })).body).toMatchObject({ body: 'Another' });
  expect((await as(author, 'PUT', `${comment}/vote`)).body).toMatchObject({ score: 1 });
  expect((await as(author, 'DELETE', `${comment}/vote`)).body).toMatchObject({ score: 0 });
  expect((await as(member, 'DELETE', comment)).status).toBe(204);
});

it('the signed-in user is read and changed', async () => {
  expect((await as(member, 'GET', '/me')).body).toMatchObject({ id: member.id, displayName: 'member', roles: [] });
  expect((await as(member, 'PATCH', '/me', { body: { displayName: 'Renamed' } })).body).toMatchObject({ displayName: 'Renamed' });
});

describe('a refusal', () => {
  it('of too many votes says when to try again', async () => {
    const [{ path }, token] = [await aPost(), world.opaque(aUser({ reputation: 200 }))];
    const tenVotes = () => Promise.all(Array.from({ length: 10 }, () => api.send('DELETE', `${path}/vote`, { token })));
    let refused: ApiAnswer | undefined;
    // More than twice the limit: the minute can end meanwhile.
    for (let batch = 0; batch < 13 && !refused; batch += 1) refused = (await tenVotes()).find(({ status }) => status !== 200);
    expect(refused).toMatchObject({ status: 429, body: { reason: 'TOO_MANY_VOTES' } });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('names the reason, and has a challenge if another token would help', async () => {
    const { path } = await aPost();
    const vote = { body: { vote: 'UP' } };
    expect(await as(newcomer, 'PUT', `${path}/vote`, vote)).toMatchObject({
      status: 403,
      body: {
        type: 'about:blank',
        title: 'Forbidden',
        status: 403,
        code: 'PERMISSION_DENIED',
        reason: 'REPUTATION_TOO_LOW',
        metadata: { required: '15', actual: '1' },
      },
    });
    const anonymous = await api.send('PUT', `${path}/vote`, vote);
    expect(anonymous).toMatchObject({ status: 401, body: { reason: 'TOKEN_MISSING' } });
    expect(anonymous.headers.get('www-authenticate')).toBe('Bearer');
    const forged = await api.send('GET', path, { token: 'A'.repeat(43) });
    expect(forged).toMatchObject({ status: 401, body: { reason: 'TOKEN_INVALID' } });
    expect(forged.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const reader = world.opaque({ ...member, scopes: ['posts:read'] });
    const unscoped = await api.send('PUT', `${path}/vote`, { ...vote, token: reader });
    expect(unscoped).toMatchObject({ status: 403, body: { reason: 'SCOPE_MISSING' } });
    expect(unscoped.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="votes:write"');
  });

  it.each<[string, string, ApiRequest, number, string | undefined]>([
    ['POST', '/posts', { body: {} }, 422, 'title body'],
    ['POST', '/posts', { body: { title: '', body: 'B' } }, 422, 'title'],
    ['POST', '/posts', { body: { title: 'T', body: 'B', score: 7 } }, 422, ''],
    ['GET', '/posts?limit=101', {}, 422, 'limit'],
    ['GET', '/posts?limit=many', {}, 422, 'limit'],
    ['GET', '/posts?limit=0', {}, 422, 'limit'],
    // No int32: a message cannot have it.
    ['GET', '/posts?limit=2147483648', {}, 422, 'limit'],
    ['POST', '/personal-access-tokens', { body: { name: 'N', scopes: ['posts:read'], expiresInDays: 2 ** 31 } }, 422, 'expiresInDays'],
    ['GET', '/posts?cursor=none', {}, 422, 'cursor'],
    ['GET', '/posts?author=none', {}, 422, 'author'],
    ['GET', '/posts?page=2', {}, 422, ''],
    ['GET', '/posts/none', {}, 422, 'id'],
    ['GET', `/posts/${UNKNOWN}`, {}, 404, undefined],
    ['DELETE', `/comments/${UNKNOWN}`, {}, 404, undefined],
    ['POST', '/posts', { body: '{' }, 400, undefined],
    ['POST', '/posts', { body: '__proto__', headers: { 'content-type': 'application/json' } }, 400, undefined],
  ])('%s %s with %j: %d %s', async (method, path, request, status, fields) => {
    const { status: actual, body } = await as(author, method, path, request);
    const violations = body.violations as { field: string }[] | undefined;
    expect([actual, violations?.map(({ field }) => field).join(' ')]).toEqual([status, fields]);
  });

  it.each<[string, string, RequestInit, number]>([
    ['an unknown path', '/api/v1/nothing', {}, 404],
    ['another method', '/api/v1/me', { method: 'POST' }, 404],
    ['a form', '/api/v1/posts', { method: 'POST', body: new URLSearchParams({ title: 'T', body: 'B' }) }, 415],
    [
      'a large body',
      '/api/v1/posts',
      { method: 'POST', body: `"${'x'.repeat(300_000)}"`, headers: { 'content-type': 'application/json' } },
      413,
    ],
  ])('of %s is a problem too', async (_, path, init, status) => {
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${world.opaque(author)}` };
    const response = await fetch(new URL(path, api.origin), { ...init, headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json; charset=utf-8']);
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(await response.json()).toMatchObject({ status, reason: 'REQUEST_INVALID' });
  });
});

it('a personal access token has no Idempotency-Key, because a repeated request would create a second one', async () => {
  const request = { body: { name: 'N', scopes: ['posts:read'] }, headers: { 'idempotency-key': randomUUID() } };
  expect(await as(author, 'POST', '/personal-access-tokens', request)).toMatchObject({ status: 400, body: { reason: 'REQUEST_INVALID' } });
});

describe('with an account', () => {
  it('sessions and personal access tokens are listed and ended', async () => {
    const accounts = await sharedAccountWorld();
    const { accessToken: token } = await accounts.member();
    const own = new DocumentedApi(document, `http://127.0.0.1:${String(accounts.gateway.ports.http)}`);
    const { status, body } = await own.send('POST', '/personal-access-tokens', { token, body: { name: 'CI', scopes: ['posts:read'] } });
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ name: 'CI', lastUsedAt: null, token: expect.stringMatching(/^rpt_pat_/) }),
    ]);
    expect((await own.send('GET', '/personal-access-tokens', { token })).body).toMatchObject({ items: [{ id: body.id }] });
    const written = await own.send('PATCH', '/me', { token: String(body.token), body: { displayName: 'Bot' } });
    expect(written).toMatchObject({ status: 403, body: { reason: 'SCOPE_MISSING' } });
    expect((await own.send('DELETE', `/personal-access-tokens/${String(body.id)}`, { token })).status).toBe(204);
    const first = await own.send('GET', '/sessions?limit=1', { token });
    expect(first.body).toMatchObject({ items: [{ current: true }] });
    const next = await own.send('GET', (/<\/api\/v1([^>]+)>/.exec(first.headers.get('link') ?? '') ?? [])[1] ?? '', { token });
    const [{ id }] = next.body.items as [{ id: string }];
    expect((await own.send('DELETE', `/sessions/${id}`, { token })).status).toBe(204);
    expect(await own.send('DELETE', `/sessions/${UNKNOWN}`, { token })).toMatchObject({
      status: 404,
      body: { reason: 'SESSION_NOT_FOUND' },
    });
  });

  it('the export of the data needs a user', async () => {
    expect(await api.send('POST', '/me/export', { body: {} })).toMatchObject({ status: 401, body: { reason: 'TOKEN_MISSING' } });
  });

  it('the account is deleted', async () => {
    const accounts = await sharedAccountWorld();
    const { accessToken: token, password } = await accounts.member();
    const own = new DocumentedApi(document, `http://127.0.0.1:${String(accounts.gateway.ports.http)}`);
    const wrong = await own.send('DELETE', '/me', { token, body: { currentPassword: 'wrong horse battery' } });
    expect(wrong).toMatchObject({ status: 422, body: { violations: [{ field: 'currentPassword' }] } });
    expect((await own.send('DELETE', '/me', { token, body: { currentPassword: password } })).status).toBe(204);
    expect((await own.send('GET', '/me', { token })).status).toBe(401);
  });

  it('the cookie of a browser session needs the CSRF header', async () => {
    const { browser, id } = await (await sharedAccountWorld()).member();
    const refused = await browser.send('/api/v1/me');
    expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ reason: 'CROSS_SITE_REQUEST' })]);
    const foreign = await browser.ask('/api/v1/me', { headers: { origin: 'https://evil.example' } });
    expect(foreign.status).toBe(403);
    expect(await (await browser.ask('/api/v1/me')).json()).toMatchObject({ id });
  });
});

it('every operation of the document has been called', () => {
  const all = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  expect([...DocumentedApi.called].sort()).toEqual(all.sort());
});
