import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aUser, eventually, type RunningService, TestWorld } from '@reputable/testing';

const PAGE = 'https://app.example.com';
const OTHER = 'https://evil.example';
const PREFLIGHT = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' };
const QUERY = { method: 'POST', body: '{"query":"{ __typename }"}' };

let world: TestWorld;
let gateway: RunningService;
let token: string;

beforeAll(async () => {
  world = await TestWorld.create();
  world.auth.browserOrigins = [PAGE];
  gateway = await world.start('gateway', { PUBLIC_URL: 'http://localhost:3000' });
  token = world.opaque(aUser());
});
afterAll(() => world.end());
beforeEach(() => {
  world.auth.browserOrigins = [PAGE];
});

const request = (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${String(gateway.ports.http)}${path}`, { ...init, headers });
const preflight = (path: string, origin: string) => request(path, { ...PREFLIGHT, origin }, { method: 'OPTIONS' });
const ask = (headers: Record<string, string>) => request('/graphql', { 'content-type': 'application/json', ...headers }, QUERY);
const corsHeaders = ({ headers }: Response) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe.each(['/graphql', '/api/v1/posts'])('a page of a registered client, at %s', (path) => {
  it('may send a token, which the browser learns for ten minutes', async () => {
    const answer = await preflight(path, PAGE);
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-headers': 'Authorization, Content-Type, DPoP, If-Match, Idempotency-Key',
      'access-control-max-age': '600',
      vary: expect.stringMatching(/origin/i),
    });
  });

  it('may neither send cookies nor the header that they need', async () => {
    const { headers } = await preflight(path, PAGE);
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    expect(headers.get('access-control-allow-headers')).not.toContain('csrf');
  });

  it('of another origin may not', async () => {
    for (const origin of [OTHER, 'null', `${PAGE}:8443`, `${PAGE}.evil.example`, 'http://app.example.com']) {
      const answer = await preflight(path, origin);
      expect([origin, answer.status, corsHeaders(answer)]).toEqual([origin, 404, []]);
    }
  });
});

it('a page of a registered client reads the answer, also if it is a refusal', async () => {
  const served = await ask({ origin: PAGE, authorization: `Bearer ${token}` });
  expect([served.status, served.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
  const refused = await ask({ origin: PAGE, authorization: 'Bearer x' });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('access-control-allow-origin')).toBe(PAGE);
  for (const name of ['WWW-Authenticate', 'Retry-After', 'ETag', 'Link'])
    expect(refused.headers.get('access-control-expose-headers')).toContain(name);
});

it('the cookie of a browser session counts for no page of another origin', async () => {
  const answer = await ask({ origin: PAGE, cookie: '__Host-session=x', 'x-reputable-csrf': '1' });
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { reason: 'CROSS_SITE_REQUEST' } }] });
});

it('other paths, and requests without an origin or from our own, have no CORS headers', async () => {
  expect(corsHeaders(await request('/account', { origin: PAGE }))).toEqual([]);
  expect(corsHeaders(await request('/auth/session', { origin: PAGE }))).toEqual([]);
  expect(corsHeaders(await ask({}))).toEqual([]);
  expect(corsHeaders(await ask({ origin: 'http://localhost:3000' }))).toEqual([]);
});

it('a new client is allowed within seconds, and auth is asked once a second at most', async () => {
  const fresh = 'https://fresh.example';
  const [before, began] = [world.auth.originsAsked, performance.now()];
  for (let turn = 0; turn < 50; turn += 1) expect((await preflight('/graphql', `https://a${String(turn)}.example`)).status).toBe(404);
  expect(world.auth.originsAsked - before).toBeLessThan(5 + (performance.now() - began) / 1_000);
  world.auth.browserOrigins = [PAGE, fresh];
  await eventually(async () => expect((await preflight('/graphql', fresh)).status).toBe(204));
});

it('without auth, no origin is allowed that was not known before', async () => {
  const lone = await world.start('gateway', { AUTH_URL: 'localhost:1', DEADLINE_MS: '300' });
  const url = `http://127.0.0.1:${String(lone.ports.http)}/graphql`;
  const answer = await fetch(url, { method: 'OPTIONS', headers: { ...PREFLIGHT, origin: PAGE } });
  expect([answer.status, corsHeaders(answer)]).toEqual([404, []]);
});
