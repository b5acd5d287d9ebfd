import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newPersonalAccessToken, SERVICES } from '@reputable/contracts';
import { aUser, eventually, PATIENCE, type RunningService, TestWorld } from '@reputable/testing';
import { type Asking, asking, send } from './testing/ask.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const ME = '{ me { id } }';
const POST_ID = '0199a0a0-0000-7000-8000-000000000000';

let world: TestWorld;
let gateway: RunningService;
let ask: ReturnType<typeof asking>;
let token: string;

beforeAll(async () => {
  world = await TestWorld.create();
  // No service runs: a request that the gateway accepts and forwards ends with UNAVAILABLE.
  gateway = await world.start('gateway');
  ask = asking(gateway.ports.http);
  token = world.opaque(aUser());
});

afterAll(() => world.end());

const REACHED = { status: 200, errors: [{ extensions: { code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' } }] };
const refusedWith = (reason: string, metadata = {}) => ({
  status: 400,
  data: undefined,
  errors: [{ extensions: { code: 'INVALID_ARGUMENT', reason, metadata } }],
});

describe('the user of a request', () => {
  it('is undefined without a header', async () => {
    expect(await ask(ME)).toMatchObject({
      status: 200,
      errors: [{ path: ['me'], extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' } }],
    });
  });

  it('is the user of the token', async () => {
    expect(await ask(ME, { token })).toMatchObject(REACHED);
  });

  it.each<[string, () => Promise<Asking> | Asking]>([
    ['no token', () => ({ headers: { authorization: 'Bearer' } })],
    ['another scheme', () => ({ headers: { authorization: `Token ${token}` } })],
    ['a token that is too short', () => ({ token: token.slice(1) })],
    ['a token that is too long', () => ({ token: `${token}A` })],
    ['a token with other characters', () => ({ token: `${token.slice(1)}=` })],
    ['a JWT, as services take it (P11)', async () => ({ token: await world.issuer.tokenFor(aUser()) })],
  ])('%s is 401, without a token exchange', async (_what, asked) => {
    const before = world.exchange.requests.length;
    const answer = await ask('{ posts { nodes { id } } }', await asked());
    expect(world.exchange.requests).toHaveLength(before);
    expect(answer).toMatchObject({
      status: 401,
      data: undefined,
      errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID', metadata: {} } }],
    });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/);
  });

  describe('of a token of another issuer (P24)', () => {
    let accepting: ReturnType<typeof asking>;
    beforeAll(async () => {
      accepting = asking((await world.start('gateway', { ISSUER_TOKENS: 'true' })).ports.http);
    });

    it('is that of the token that auth issues for it, by one exchange', async () => {
      const jwt = 'eyJhbGciOiJSUzI1NiJ9.e30.AAAA';
      world.opaque(aUser(), { token: jwt });
      for (let turn = 0; turn < 2; turn += 1) expect(await accepting(ME, { token: jwt })).toMatchObject(REACHED);
      expect(world.exchange.countOf(jwt)).toBe(1);
    });

    it('is that of an opaque token, which auth gets with the address of the client', async () => {
      const token = `ory_at_${'A'.repeat(43)}.${'B'.repeat(43)}`;
      world.opaque(aUser(), { token });
      for (let turn = 0; turn < 2; turn += 1) expect(await accepting(ME, { token })).toMatchObject(REACHED);
      const sent = world.exchange.requests.filter(({ subjectToken }) => subjectToken === token);
      expect(sent).toMatchObject([{ address: expect.stringMatching(/127\.0\.0\.1|::1/) }]);
    });

    it('is nobody if auth does not exchange it, as with our own JWTs', async () => {
      const jwt = await world.issuer.tokenFor(aUser());
      expect(await accepting(ME, { token: jwt })).toMatchObject({ status: 401, errors: [{ extensions: { reason: 'TOKEN_INVALID' } }] });
    });
  });

  describe('of a personal access token (P20)', () => {
    const personal = newPersonalAccessToken();
    const basic = (password: string) => ({ headers: { authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}` } });

    it('is found for a bearer token and for the password of basic authentication, by one exchange', async () => {
      const user = aUser();
      world.opaque(user, { token: personal });
      expect(await ask(ME, { token: personal })).toMatchObject(REACHED);
      expect(await ask(ME, basic(personal))).toMatchObject(REACHED);
      expect(world.exchange.countOf(personal)).toBe(1);
    });

    it.each([
      ['a typing error', personal.replace(/.$/, (last) => (last === '0' ? '1' : '0')), 'TOKEN_MISTYPED'],
      ['its end cut off', personal.slice(0, -1), 'TOKEN_MISTYPED'],
      ['another prefix', personal.replace('pat', 'tap'), 'TOKEN_INVALID'],
    ])('with %s is 401, without a token exchange', async (_what, wrong, reason) => {
      const before = world.exchange.requests.length;
      // With another prefix it could be the secret of an API client, which auth must check.
      for (const asked of reason === 'TOKEN_MISTYPED' ? [{ token: wrong }, basic(wrong)] : [{ token: wrong }]) {
        expect(await ask(ME, asked)).toMatchObject({ status: 401, errors: [{ extensions: { reason } }] });
      }
      expect(world.exchange.requests).toHaveLength(before);
    });

    it('in the query string is ignored', async () => {
      const url = `http://localhost:${String(gateway.ports.http)}/graphql?access_token=${personal}`;
      const answer = await fetch(url, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ query: ME }) });
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { reason: 'TOKEN_MISSING' } }] });
    });
  });

  it('is an API client, for its id and its secret in basic authentication, by one exchange (P21)', async () => {
    const token = `${aUser().id}:a secret`;
    world.opaque(aUser(), { token });
    const basic = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } });
    for (let turn = 0; turn < 2; turn += 1) expect(await ask(ME, basic(token))).toMatchObject(REACHED);
    expect(world.exchange.countOf(token)).toBe(1);
    expect(await ask(ME, basic(`${token}!`))).toMatchObject({ status: 401, errors: [{ extensions: { reason: 'TOKEN_INVALID' } }] });
    for (const incomplete of ['', ':', 'id:', ':secret', 'id']) {
      expect(await ask(ME, basic(incomplete))).toMatchObject({ status: 401, errors: [{ extensions: { reason: 'TOKEN_INVALID' } }] });
    }
  });

  it('does not come from any other header (A7)', async () => {
    const headers = { 'x-user-id': aUser().id, 'x-roles': 'ADMIN', 'authorization-bin': 'AAAA', 'x-forwarded-user': 'admin' };
    expect(await ask(ME, { headers })).toMatchObject({ errors: [{ extensions: { reason: 'TOKEN_MISSING' } }] });
  });

  it('does not come from the first of two headers (A7)', async () => {
    // fetch would join the headers.
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const call = request({
        port: gateway.ports.http,
        path: '/graphql',
        method: 'POST',
        headers: [
          'host',
          'localhost',
          ...Object.entries(JSON_TYPE).flat(),
          'authorization',
          `Bearer ${token}`,
          'authorization',
          'Bearer x',
        ],
      });
      call
        .once('response', (response) => {
          resolve(response.resume().statusCode);
        })
        .once('error', reject)
        .end(JSON.stringify({ query: ME }));
    });
    expect(status).toBe(401);
  });
});

describe('a request is refused before its execution (A17)', () => {
  const many = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join(' ');

  it.each<[string, string, object]>([
    ['depth', `{ ${'a { '.repeat(9)} b ${'} '.repeat(10)}`, { limit: 'depth', required: '8', actual: '10' }],
    ['aliases', `{ ${many(30, (i) => `a${String(i)}: me { id }`)} }`, { limit: 'aliases', required: '20', actual: '30' }],
    ['directives', `{ me { id ${many(21, () => '@skip(if: false)')} } }`, { limit: 'directives', required: '20', actual: '21' }],
    [
      'log-in by alias',
      `mutation { ${many(10, (i) => `a${String(i)}: logIn(input: { email: "a@b.c", password: "${String(i)}" }) { tokenType }`)} }`,
      { limit: 'logIns', required: '1', actual: '10' },
    ],
    ['several operations', 'query A { me { id } } query B { me { id } }', { limit: 'operations', required: '1', actual: '2' }],
    [
      'rows',
      '{ posts(first: 100) { nodes { comments(first: 21) { nodes { id } } } } }',
      { limit: 'rows', required: '2100', actual: '2200' },
    ],
  ])('%s', async (_limit, query, metadata) => {
    const answer = await ask(query);
    expect(answer.status).toBe(400);
    expect(answer.errors).toContainEqual(
      expect.objectContaining({ extensions: { code: 'INVALID_ARGUMENT', reason: 'QUERY_TOO_COMPLEX', metadata } }),
    );
  });

  it.each([
    ['1,000 aliases', `{ ${many(1_000, (i) => `a${String(i)}: me { id }`)} }`, /1000 tokens/],
    ['comments without end', `{ ${many(200, () => '#x\n')} me { id } }`, /comments/],
    [
      'a cycle of fragments',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      /Cannot spread fragment "A" within itself/,
    ],
    ['introspection', '{ __schema { types { name } } }', /introspection has been disabled/],
    ['a name that does not exist, without a suggestion', '{ usr(id: "x") { id } }', /^Cannot query field "usr" on type "Query"\.$/],
    ['no GraphQL', '{ me ', /^Syntax Error/],
    ['a syntax tree in place of a document', '{"kind":"Document","definitions":[],"loc":{}}', /not a GraphQL document/],
    ['JSON in place of a document', 'null', /not a GraphQL document/],
    [
      "a field of the input that is not the client's to set (A12)",
      'mutation { createPost(input: { title: "t", body: "b", authorId: "x", score: 9 }) { id } }',
      /"authorId" is not defined/,
    ],
  ])('%s', async (_what, query, message) => {
    const answer = await ask(query, { token });
    expect(answer).toMatchObject({ status: 400, data: undefined });
    expect(answer.errors[0]).toMatchObject({
      message: expect.stringMatching(message),
      extensions: { code: 'INVALID_ARGUMENT', reason: 'QUERY_INVALID' },
    });
  });

  it('with many faults names the first ones', async () => {
    const { errors } = await ask(`{ ${many(50, (index) => `x${String(index)}`)} }`);
    expect(errors.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 10 }, (_, index) => expect.stringContaining(`"x${String(index)}"`)),
      'Too many validation errors, error limit reached. Validation aborted.',
    ]);
  });

  it.each(['role', 'roles', 'reputation', 'authorId', 'score', 'id', 'displayNames'])(
    '%s in variables, also of a query that is known by then (A12)',
    async (name) => {
      const query = 'mutation($input: RegisterInput!) { register(input: $input) { email } }';
      const input = { email: 'a@b.c', password: 'correct horse', displayName: 'A' };
      for (let time = 1; time <= 3; time += 1) {
        const answer = await ask(query, { variables: { input: { ...input, [name]: 'ADMIN' } } });
        expect(answer).toMatchObject(refusedWith('QUERY_INVALID'));
        expect(answer.errors[0]?.message).toContain(`"${name}" is not defined`);
        expect(answer.errors[0]?.message).not.toContain('Did you mean');
      }
    },
  );

  it('a page that is too large, with the field name of the schema', async () => {
    const answer = await ask('query($n: Int) { posts(first: $n) { nodes { id } } }', { variables: { n: 101 } });
    expect(answer).toMatchObject(refusedWith('INVALID_FIELD'));
    expect(answer.errors[0]?.extensions.violations).toEqual([{ field: 'first', description: 'Must be 1 to 100.' }]);
  });

  it.each([
    ['a batch', '[{"query":"{ me { id } }"}]', JSON_TYPE, 400, 'The parameters must be an object.'],
    ['no query', '{}', JSON_TYPE, 400, 'The request has no `query`.'],
    ['no JSON', '{', JSON_TYPE, 400, /not valid JSON/],
    ['a prototype', '{"query":"{ me { id } }","__proto__":{}}', JSON_TYPE, 400, /not valid JSON/],
    [
      'a form, as another site could send it',
      'query=mutation{logOut}',
      { 'content-type': 'application/x-www-form-urlencoded' },
      400,
      'Send queries by POST, as application/json.',
    ],
    [
      'text, as another site could send it',
      '{"query":"{ me { id } }"}',
      { 'content-type': 'text/plain' },
      400,
      'Send queries by POST, as application/json.',
    ],
    ['more than 256 KB', JSON.stringify({ query: 'x'.repeat(256 * 1024) }), JSON_TYPE, 413, 'Request body is too large'],
  ])('%s', async (_what, body, headers, status, message) => {
    const answer = await send(gateway.ports.http, body, headers);
    expect(answer).toMatchObject({
      status,
      data: undefined,
      errors: [{ extensions: { code: 'INVALID_ARGUMENT', reason: 'REQUEST_INVALID' } }],
    });
    expect(answer.errors[0]?.message).toEqual(message instanceof RegExp ? expect.stringMatching(message) : message);
  });

  it('a query that is too complex, with 400 also for clients that accept only JSON', async () => {
    const query = 'query A { me { id } } query B { me { id } }';
    expect(await ask(query, { headers: { accept: 'application/json' } })).toMatchObject({ status: 400 });
    expect(await ask('{ none }', { headers: { accept: 'application/json' } })).toMatchObject({
      ...refusedWith('QUERY_INVALID'),
      status: 200,
    });
  });

  it.each([
    ['with a cookie, as another site could send it', '{ me { id } }', { cookie: '__Host-session=x' }, 403, 'CROSS_SITE_REQUEST'],
    ['with variables that are no object', '{ me { id } }&variables=5', {}, 400, 'REQUEST_INVALID'],
    ['with variables twice', '{ me { id } }&variables={}&variables={}', {}, 400, 'REQUEST_INVALID'],
    ['with the name of no operation', 'query A { me { id } }&operationName=B', {}, 400, 'REQUEST_INVALID'],
  ])('a query by GET %s', async (_what, query, headers, status, reason) => {
    const answer = await fetch(`http://127.0.0.1:${String(gateway.ports.http)}/graphql?query=${query}`, { headers });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { reason } }] });
  });

  it('a mutation by GET', async () => {
    const url = `http://127.0.0.1:${String(gateway.ports.http)}/graphql?query=mutation{logOut}`;
    expect((await fetch(url)).status).toBe(405);
  });
});

it('accepts the largest possible post, in the query or in variables', async () => {
  const body = '😀'.repeat(30_000);
  expect(await ask(`mutation { createPost(input: { title: "t", body: "${body}" }) { id } }`, { token })).toMatchObject(REACHED);
  expect(
    await ask('mutation($body: String!) { createPost(input: { title: "t", body: $body }) { id } }', { token, variables: { body } }),
  ).toMatchObject(REACHED);
});

it('refuses half of a surrogate pair, which no service could store as it was sent', async () => {
  const query = 'mutation($title: String!) { createPost(input: { title: $title, body: "b" }) { id } }';
  expect(await ask(query, { token, variables: { title: 'Ada \ud83d' } })).toMatchObject({
    errors: [
      { extensions: { reason: 'INVALID_FIELD', violations: [{ field: 'title', description: expect.stringContaining('valid Unicode') }] } },
    ],
  });
});

it.each([
  ['an SDK', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }, ['traceparent']],
  ['no SDK', {}, []],
])('sends no baggage and no tracestate of a client to services, with %s', async (_, settings, sent) => {
  const traced = await world.start('gateway', settings);
  const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, baggage: `token=${token}`, tracestate: `a=${token}` };
  const asked = { headers, token: world.opaque(aUser()) };
  expect(await asking(traced.ports.http)(ME, asked)).toMatchObject(REACHED);
  const metadata = world.auth.exchangedWith?.getMap() ?? {};
  expect(['traceparent', 'baggage', 'tracestate'].filter((name) => name in metadata)).toEqual(sent);
  expect(JSON.stringify(metadata)).not.toContain(token);
  expect(metadata['traceparent'] ?? '').not.toContain('a'.repeat(32));
  await traced.stop();
});

describe('without its services', () => {
  it.each(['{ posts { nodes { id } } }', `mutation { upvotePost(id: "${POST_ID}") { id } }`])(
    'says within the deadline which is missing, and nothing more: %s',
    async (query) => {
      const started = Date.now();
      const answer = await ask(query, { token: world.opaque(aUser({ reputation: 20 })) });
      expect(Date.now() - started).toBeLessThan(PATIENCE * 2_500);
      expect(answer.errors).toEqual([
        {
          message: 'The post service cannot be reached. Try again.',
          locations: expect.anything(),
          path: expect.anything(),
          extensions: { code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE', metadata: { service: 'post' } },
        },
      ]);
    },
  );

  it('is live, but not ready', async () => {
    const health = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${String(gateway.ports.http)}/health/${path}`);
      return { status: response.status, body: await response.json() };
    };
    expect(await health('live')).toEqual({ status: 200, body: { status: 'up' } });
    const services = SERVICES.filter((name) => name !== 'gateway').map((name) => [name, name === 'auth' ? 'up' : 'down'] as const);
    await eventually(async () =>
      expect(await health('ready')).toEqual({ status: 503, body: { status: 'down', services: Object.fromEntries(services) } }),
    );
  });
});

it('answers with headers against caching and display as a page', async () => {
  const { headers } = await ask(ME);
  expect(Object.fromEntries(headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'content-type': 'application/graphql-response+json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  expect(headers.has('access-control-allow-origin')).toBe(false);
  for (const path of ['/graphiql', '/graphiql/graphiql.js']) {
    expect((await fetch(`http://127.0.0.1:${String(gateway.ports.http)}${path}`)).status).toBe(404);
  }
});

it('refuses the fields that need the user with KEYS_UNAVAILABLE without keys', async () => {
  const lone = await world.start('gateway', { JWKS_URI: 'http://127.0.0.1:1/jwks' });
  expect(await asking(lone.ports.http)(ME, { token })).toMatchObject({
    status: 200,
    errors: [{ extensions: { code: 'UNAVAILABLE', reason: 'KEYS_UNAVAILABLE' } }],
  });
});
