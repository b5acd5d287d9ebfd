import { beforeAll, describe, expect, it } from '@jest/globals';
import { query } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { type AccountWorld, type Member, sharedAccountWorld } from './account.fixture.ts';

const PATH = '/account/applications';

let running: AccountWorld;
let ada: Member;

beforeAll(async () => {
  running = await sharedAccountWorld();
  ada = await running.member();
});

/** An application that the member has allowed to use the account. Returns the id of the consent. */
async function allow({ id: accountId }: Member, name: string, scopes = ['openid', 'votes:write']): Promise<string> {
  const [id, clientId] = [randomUUID(), randomUUID()];
  const metadata = { client_id: clientId, client_name: name, redirect_uris: ['https://digest.example/callback'] };
  await query(running.auth.databaseUrl, 'INSERT INTO oauth_client (id, metadata) VALUES ($1, $2)', [clientId, metadata]);
  const consent = "INSERT INTO consent (id, account_id, client_id, allowed, rejected) VALUES ($1, $2, $3, $4, '{}')";
  await query(running.auth.databaseUrl, consent, [id, accountId, clientId, scopes]);
  return id;
}

const namesOf = async ({ auth }: Member) => (await auth.listAllowedApplications({})).applications.map(({ name }) => name);

describe('the list of applications', () => {
  it('says that it is empty', async () => {
    const { text } = await ada.browser.open(PATH);
    expect(text).toContain('You have allowed no application to use your account.');
    expect(text).not.toContain('<li>');
  });

  it('shows the name, the host and the effects of the scopes', async () => {
    const member = await running.member();
    await allow(member, 'Weekly <b>Digest</b>', ['openid', 'votes:write', 'old:scope']);
    const { text } = await member.browser.open(PATH);
    expect(text).toContain('Weekly &lt;b&gt;Digest&lt;/b&gt;</h2> <p class="quiet">digest.example</p>');
    for (const effect of ['recognize you, by a number that stands for your account', 'vote in your name', 'old:scope']) {
      expect(text).toContain(`<li>It can ${effect}.</li>`);
    }
    expect(text).toMatch(/Allowed <time datetime="[^"]+">[^<]+ UTC<\/time>, not logged in now\./);
  });

  it('has pages', async () => {
    const member = await running.member();
    for (let more = 0; more < 21; more += 1) await allow(member, 'One of many');
    const { text } = await member.browser.open(PATH);
    const [, next = ''] = /<a href="([^"]+)" rel="next">/.exec(text) ?? [];
    expect((await member.browser.open(next)).text.match(/One of many/g)).toHaveLength(1);
  });
});

describe('an application', () => {
  it('is revoked', async () => {
    const [id] = [await allow(ada, 'Gone'), await allow(ada, 'Kept')];
    const { status, text } = await ada.browser.submit(`${PATH}/disallow`, { id });
    expect(status).toBe(200);
    expect(text).toContain('role="status">The application cannot use your account any more.</p>');
    expect(await namesOf(ada)).toEqual(['Kept']);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['of another user', async () => allow(await running.member(), 'Theirs')],
    ['that was never allowed', () => randomUUID()],
  ])('%s is not revoked: the page says why', async (_what, idOf) => {
    const { status, title, text } = await ada.browser.submit(`${PATH}/disallow`, { id: await idOf() });
    expect([status, title]).toEqual([404, 'Error: Applications']);
    expect(text).toContain(
      'role="alert" id="problem"><p>This application has no access to your account. You may have withdrawn it before.</p>',
    );
  });

  it('of another user stays allowed, as for a page of another site (A18)', async () => {
    const other = await running.member();
    const id = await allow(other, 'Theirs');
    await ada.browser.submit(`${PATH}/disallow`, { id });
    await other.browser.submit(`${PATH}/disallow`, { id }, { origin: 'https://elsewhere.example' });
    expect(await namesOf(other)).toEqual(['Theirs']);
  });
});
