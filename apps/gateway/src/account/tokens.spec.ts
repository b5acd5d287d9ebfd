import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type AccountWorld, type Member, ORIGIN, sharedAccountWorld } from './account.fixture.ts';

const PATH = '/account/tokens';
const TOKEN = /rpt_pat_[0-9a-f]{72}/;

let running: AccountWorld;
let ada: Member;

beforeAll(async () => {
  running = await sharedAccountWorld();
});

const form = (name: string, scopes: readonly string[] = ['posts:read'], days = '90') => [
  ['name', name] as [string, string],
  ...scopes.map((scope) => ['scopes', scope] as [string, string]),
  ['expires_in_days', days] as [string, string],
];
const tokensOf = async ({ auth }: Member) => (await auth.listPersonalAccessTokens({})).personalAccessTokens;

/** The status of a query with a token. */
const use = async (token: string) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return (await running.browser().send('/graphql', { method: 'POST', body: '{"query":"{ me { id } }"}', headers })).status;
};

describe('a personal access token', () => {
  beforeAll(async () => {
    ada = await running.member();
  });

  it('is made with a name, scopes and a lifetime, and shown once', async () => {
    const response = await ada.browser.send(PATH, {
      method: 'POST',
      body: new URLSearchParams(form('Deploy <script>', ['posts:read', 'votes:write'], '30')),
      headers: { origin: ORIGIN },
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, PATH]);
    for (const [, value] of response.headers) expect(value).not.toMatch(TOKEN);

    const made = await ada.browser.open(PATH);
    const [token = ''] = TOKEN.exec(made.text) ?? [];
    expect(made.text).toContain(`readonly spellcheck="false" autofocus>${token}</textarea>`);
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(await use(token)).toBe(200);

    // A reload neither shows it again nor makes another one.
    const { text } = await ada.browser.open(PATH);
    expect(text).not.toMatch(TOKEN);
    expect(text).toContain('Deploy &lt;script&gt;');
    expect(text).toContain('<code>posts:read</code> <code>votes:write</code>');
    expect(await tokensOf(ada)).toMatchObject([{ name: 'Deploy <script>', scopes: ['posts:read', 'votes:write'] }]);
  });

  it('is not in the log (A20)', async () => {
    const { text } = await ada.browser.submit(PATH, form('Secret'));
    expect(running.gateway.log()).not.toContain(TOKEN.exec(text)?.[0]);
  });

  it('is shown in the session that made it only', async () => {
    await ada.browser.send(PATH, { method: 'POST', body: new URLSearchParams(form('Mine')), headers: { origin: ORIGIN } });
    const { browser } = await running.again(ada);
    browser.cookies.set('__Host-notice', ada.browser.cookies.get('__Host-notice') ?? '');
    expect((await browser.open(PATH)).text).not.toMatch(TOKEN);
  });

  it('is revoked', async () => {
    const [token = ''] = TOKEN.exec((await ada.browser.submit(PATH, form('Old'))).text) ?? [];
    expect(await use(token)).toBe(200);
    const [old] = await tokensOf(ada);
    const { text } = await ada.browser.submit(`${PATH}/revoke`, { id: old?.id ?? '' });
    expect(text).toContain('The token is revoked.');
    expect(text).not.toContain('>Old</h2>');
    expect(await use(token)).toBe(401);
  });

  it.each<[string, () => Promise<string> | string]>([
    [
      'of another user',
      async () => {
        const other = await running.member();
        await other.browser.submit(PATH, form('Theirs'));
        return (await tokensOf(other))[0]?.id ?? '';
      },
    ],
    ['that does not exist', () => randomUUID()],
  ])('%s is not revoked: the page says why', async (_what, idOf) => {
    const { status, title, text } = await ada.browser.submit(`${PATH}/revoke`, { id: await idOf() });
    expect([status, title]).toEqual([404, 'Error: Personal access tokens']);
    expect(text).toContain('role="alert" id="problem"><p>You have no such session. It may have ended before.</p>');
  });

  it('is not made for a page of another site (A18)', async () => {
    const before = (await tokensOf(ada)).length;
    const headers = { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-site' };
    expect((await ada.browser.submit(PATH, form('Planted'), headers)).status).toBe(403);
    expect(await tokensOf(ada)).toHaveLength(before);
  });

  it('is refused over the limit, and the form keeps its input', async () => {
    const collector = await running.member();
    for (let made = 0; made < 50; made += 1) {
      await collector.auth.createPersonalAccessToken({ name: 'Many', scopes: ['posts:read'], expiresInDays: 1 });
    }
    const { status, text } = await collector.browser.submit(PATH, form('One more', ['votes:write']));
    expect(status).toBe(409);
    expect(text).toContain('<p>You have 50 valid tokens, the most allowed. Revoke one first.</p>');
    expect(text).toContain('value="One more"');
  });
});

describe('the form for a token', () => {
  const BAD = { name: 'name', scopes: 'scopes', days: 'expires_in_days' } as const;

  beforeAll(async () => {
    ada = await running.member();
  });

  it.each<[string, [string, string][], keyof typeof BAD, string]>([
    ['no name', form(' '), 'name', 'Name: Must have 1 to 100 characters.'],
    ['a long name', form('x'.repeat(101)), 'name', 'Name: Must have 1 to 100 characters.'],
    ['no scope', form('Bare', []), 'scopes', 'Scopes: Must name a scope at least.'],
    ['a scope that nobody can grant', form('Wide', ['account']), 'scopes', 'Scopes: Must be among posts:read'],
    ['a long lifetime', form('Long', ['posts:read'], '999'), 'days', 'It expires after: Must be 366 at most.'],
  ])('with %s is shown again with its input, and names the field', async (_what, fields, field, message) => {
    const { status, title, text } = await ada.browser.submit(PATH, fields);
    expect([status, title]).toEqual([422, 'Error: Personal access tokens']);
    expect(text).toContain(`<a href="#${BAD[field]}">${message}`);
    expect(text).toMatch(new RegExp(`id="${BAD[field]}"[^>]*aria-invalid="true" aria-describedby="problem" autofocus`));
    expect(text.match(/autofocus/g)).toHaveLength(1);
    expect(text).toContain(`value="${fields[0]?.[1] ?? ''}"`);
    expect(text.match(/checked/g) ?? []).toHaveLength(fields.filter(([, value]) => value === 'posts:read').length);
    expect(await tokensOf(ada)).toEqual([]);
  });

  it('names all wrong fields, and the first one has the focus', async () => {
    const { text } = await ada.browser.submit(PATH, form('', []));
    expect(text.match(/<a href="#(name|scopes)">/g)).toHaveLength(2);
    expect(text.match(/aria-invalid="true"/g)).toHaveLength(2);
    expect(text.match(/autofocus/g)).toHaveLength(1);
  });

  it.each([['x'], ['-1'], ['1e3'], ['']])('is refused with %j as the lifetime, which the page does not offer', async (days) => {
    expect((await ada.browser.submit(PATH, form('Odd', ['posts:read'], days))).status).toBe(400);
  });
});
