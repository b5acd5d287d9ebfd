import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { denied, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { aPerson, expectAudited, sharedAuthWorld } from '../auth.fixture.ts';
import type { Browser, Shown } from '../browser.fixture.ts';
import { type Application, type OAuthWorld, openOAuthWorld, type Person, type Request } from '../oauth.fixture.ts';

/** Only verified addresses get a link to log in. */
const VERIFIED = true;

let running: OAuthWorld;
let gateway: Application;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
  gateway = await running.gateway();
});
afterAll(async () => {
  await running.end();
});

interface Asked {
  readonly browser: Browser;
  readonly request: Request;
  /** The log-in page. */
  readonly page: Shown;
  readonly answer: Shown;
}

/** A browser at the log-in page that has asked for a link. */
async function ask(email: string): Promise<Asked> {
  const browser = running.browser();
  const request = await gateway.begin('openid posts:read', { max_age: '600' });
  const page = await browser.open(request.url);
  const action = /formaction="([^"]+)"/.exec(page.text)?.[1] ?? '';
  return { browser, request, page, answer: await browser.send(page, { action, fields: {} }, { email }) };
}

/** A browser that has asked for a link to log in as this person, and the link. */
async function asked(person: Person): Promise<Asked & { link: URL }> {
  const browser = await ask(person.email);
  return { ...browser, link: await running.linkTo(person.email) };
}

const sessionsOf = async ({ email }: Person) =>
  query(
    running.auth.databaseUrl,
    'SELECT session.id FROM session JOIN account ON account.id = account_id WHERE email = $1 AND client_id = $2',
    [email, 'gateway'],
  );

const hasCode = ({ url }: Shown) => url.searchParams.has('code');

describe('a link to log in', () => {
  it('logs in the browser that asked for it, and the application gets a code and `amr`', async () => {
    const person = await running.person(VERIFIED);
    const { browser, request, link, answer } = await asked(person);
    expect(answer).toMatchObject({ status: 200, title: 'Check your mail – Reputable' });
    const page = await browser.open(link);
    expect(page).toMatchObject({ status: 200, title: 'Log in – Reputable' });
    expect(Object.fromEntries(page.headers)).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    const done = await browser.send(page, page.forms[0]);
    const tokens = await gateway.redeem(request, done.url);
    const { sub: userId = '' } = decodeJwt(tokens.id_token ?? '');
    await expectAudited(running, 'log_in', { user_id: userId, method: 'link', client_id: 'gateway', address: '127.0.0.1' });
    expect(decodeJwt(tokens.id_token ?? '')).toMatchObject({ auth_time: expect.any(Number), amr: ['otp'] });
    expect(decodeJwt(await running.exchange(tokens.access_token))).toMatchObject({ auth_time: expect.any(Number), amr: ['otp'] });
    expect(await sessionsOf(person)).toHaveLength(1);
  });

  it('does nothing in another browser, and can then still be used (A16)', async () => {
    const person = await running.person(VERIFIED);
    const { browser, link } = await asked(person);
    const without = running.browser();
    const { browser: other, page } = await ask(aPerson().email);
    for (const stranger of [without, other]) {
      const shown = await stranger.open(link);
      expect(shown).toMatchObject({ status: 400, title: 'Open this link in the browser where you asked for it – Reputable' });
      expect((await stranger.send(shown, { action: link.pathname, fields: {} })).status).toBe(400);
    }
    // The token, at the interaction of the other browser.
    const moved = link.pathname.replace(/interaction\/[^/]+/, `interaction/${page.url.pathname.split('/').at(-1) ?? ''}`);
    expect((await other.open(moved)).status).toBe(410);
    expect((await other.send(page, { action: moved, fields: {} })).status).toBe(410);
    expect(await sessionsOf(person)).toEqual([]);
    const opened = await browser.open(link);
    expect(hasCode(await browser.send(opened, opened.forms[0]))).toBe(true);
  });

  it('begins one session by 20 parallel uses, and none later (A16)', async () => {
    const person = await running.person(VERIFIED);
    const { browser, link } = await asked(person);
    const page = await browser.open(link);
    await Promise.all(Array.from({ length: 20 }, () => browser.send(page, page.forms[0])));
    expect(await sessionsOf(person)).toHaveLength(1);
    expect([400, 410]).toContain((await browser.open(link)).status);
    expect([400, 410]).toContain((await browser.send(page, page.forms[0])).status);
    expect(await sessionsOf(person)).toHaveLength(1);
  });

  it('is not used up by whoever only opens it', async () => {
    const { browser, link } = await asked(await running.person(VERIFIED));
    for (let i = 0; i < 3; i += 1) expect((await browser.open(link)).status).toBe(200);
    const page = await browser.open(link);
    expect(hasCode(await browser.send(page, page.forms[0]))).toBe(true);
  });

  it('cannot reset a password, and a link to reset one cannot log in', async () => {
    const person = await running.person(VERIFIED);
    const { browser, link } = await asked(person);
    const token = link.pathname.split('/').at(-1) ?? '';
    expect((await browser.open(`/reset-password/${token}`)).status).toBe(410);
    await (await running.authAs()).requestPasswordReset({ email: person.email, address: '192.0.2.1' });
    const [latest] = await running.mailsTo(person.email, 2);
    const reset = /reset-password\/([\w-]+)/.exec(latest?.text ?? '')?.[1] ?? '';
    const page = await browser.open(link);
    expect((await browser.send(page, { action: link.pathname.replace(token, reset), fields: {} })).status).toBe(410);
    expect(await sessionsOf(person)).toEqual([]);
  });

  it('is invalid after a reset of the password', async () => {
    const person = await running.person(VERIFIED);
    const { browser, link } = await asked(person);
    const page = await browser.open(link);
    await (await running.authAs()).requestPasswordReset({ email: person.email, address: '192.0.2.1' });
    const [latest] = await running.mailsTo(person.email, 2);
    const reset = await running.browser().open(/http\S+/.exec(latest?.text ?? '')?.[0] ?? '');
    const password = 'another horse battery';
    expect((await running.browser().send(reset, reset.forms[0], { password, again: password })).status).toBe(200);
    expect((await browser.send(page, page.forms[0])).status).toBe(410);
  });

  it('is a link to choose a password, while the address is not verified: somebody else may have created the account', async () => {
    const person = await running.person();
    const { tokens } = await (await running.authAs()).logIn(person);
    const { answer, link } = await asked(person);
    expect(answer).toMatchObject({ status: 200, title: 'Check your mail – Reputable' });
    const [mail] = await running.mailsTo(person.email);
    expect(mail?.subject).toBe('Choose a password before you log in');
    expect(link.pathname).toMatch(/^\/reset-password\/[\w-]{43}$/);
    const reader = running.browser();
    const page = await reader.open(link);
    const password = 'another horse battery';
    expect((await reader.send(page, page.forms[0], { password, again: password })).status).toBe(200);
    const refresh = { refreshToken: tokens?.refreshToken ?? '', address: '192.0.2.1' };
    await expect((await running.authAs()).refresh(refresh)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    // Now it is verified.
    const again = await ask(person.email);
    const [latest] = await running.mailsTo(person.email, 2);
    expect(again.answer.status).toBe(200);
    expect(latest?.subject).toBe('Your link to log in');
  });

  it('has the same answer for an unknown address, and sends nothing (A15)', async () => {
    const [known, unknown] = [await running.person(VERIFIED), aPerson()];
    const shown = async (email: string) => {
      const { answer } = await ask(email);
      return { status: answer.status, text: answer.text.replaceAll(email, 'ADDRESS') };
    };
    expect(await shown(unknown.email)).toEqual(await shown(known.email));
    await running.mailsTo(known.email);
    expect((await running.world.mailbox()).mailsTo(unknown.email)).toEqual([]);
  });

  it('needs an address, is limited, and its form must come from our page', async () => {
    expect((await ask('somebody')).answer).toMatchObject({ status: 422, title: 'Error: Log in – Reputable' });
    const { email } = await running.person(VERIFIED);
    for (let i = 0; i < 3; i += 1) expect((await ask(email)).answer.status).toBe(200);
    const { answer, browser, page } = await ask(email);
    expect(answer).toMatchObject({ status: 429, title: 'Error: Log in – Reputable' });
    const form = { action: `${page.url.pathname}/link`, fields: {} };
    expect((await browser.send(page, form, { email }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const other = await asked(await running.person(VERIFIED));
    const opened = await other.browser.open(other.link);
    expect((await other.browser.send(opened, opened.forms[0], {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });
});
