import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { denied, eventually, query } from '@reputable/testing';
import { fetchUserInfo } from 'openid-client';
import { expectAudited, sharedAuthWorld } from '../auth.fixture.ts';
import { type Browser, type Shown } from '../browser.fixture.ts';
import { type Application, type OAuthWorld, openOAuthWorld, type Person } from '../oauth.fixture.ts';

const NEW = 'another horse battery';
const ADDRESS = '192.0.2.1';

let running: OAuthWorld;
let digest: Application;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
  digest = await running.application();
});
afterAll(async () => {
  await running.end();
});

const request = async (email: string, address = ADDRESS) => (await running.authAs()).requestPasswordReset({ email, address });

/** The link in the mail that a person gets. */
async function linkOf({ email }: Person): Promise<URL> {
  await request(email);
  return running.linkTo(email);
}

/** A browser that has opened a link. */
async function open(link: URL): Promise<{ browser: Browser; page: Shown }> {
  const browser = running.browser();
  return { browser, page: await browser.open(link) };
}

async function reset(link: URL, password = NEW, again = password): Promise<Shown> {
  const { browser, page } = await open(link);
  return browser.send(page, page.forms[0], { password, again });
}

const logIn = async (person: Person, password = person.password) => (await running.authAs()).logIn({ ...person, password });

const accountOf = async ({ email }: Person) =>
  (
    await query<{ id: string; email_verified_at: Date | null }>(running.auth.databaseUrl, 'SELECT * FROM account WHERE email = $1', [email])
  )[0];

describe('a reset of the password', () => {
  it('begins with a mail, and ends with the new password alone', async () => {
    const person = await running.person();
    const shown = await reset(await linkOf(person));
    expect(shown).toMatchObject({ status: 200, title: 'Your password is saved – Reputable' });
    await expect(logIn(person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await logIn(person, NEW);
    expect((await accountOf(person))?.email_verified_at).toBeInstanceOf(Date);
    const { id = '' } = (await accountOf(person)) ?? {};
    await expectAudited(running, 'password_reset', { user_id: id, actor_id: id, address: '127.0.0.1' });
    const tokens = await digest.logIn(running.browser(), { ...person, password: NEW }, 'openid email');
    expect(await fetchUserInfo(digest.config, tokens.access_token, tokens.claims()?.sub ?? '')).toMatchObject({ email_verified: true });
  });

  it('sends text and HTML with the same link, which begins with the public URL', async () => {
    const person = await running.person();
    const link = await linkOf(person);
    const [mail] = await running.mailsTo(person.email);
    expect(mail).toMatchObject({ subject: 'Reset your password', from: '"Reputable" <no-reply@example.com>' });
    expect(link.href).toMatch(new RegExp(`^${running.issuer}/reset-password/[\\w-]{43}$`));
    expect(mail?.html).toContain(`<a href="${link.href}">Choose a new password</a>`);
  });

  it('begins on a page as well', async () => {
    const person = await running.person();
    const browser = running.browser();
    const page = await browser.open('/forgot-password');
    const answer = await browser.send(page, page.forms[0], { email: ` ${person.email.toUpperCase()} ` });
    expect(answer).toMatchObject({ status: 200, title: 'Check your mail – Reputable' });
    expect((await reset(await running.linkTo(person.email))).status).toBe(200);
  });

  it('ends every session and log-in, and makes the other links invalid (A5)', async () => {
    const person = await running.person();
    const browser = running.browser();
    const application = await digest.logIn(browser, person);
    const { tokens } = await logIn(person);
    const signed = await running.exchange(tokens?.accessToken ?? '');
    await request(person.email);
    await request(person.email);
    const links = (await running.mailsTo(person.email, 2)).map(({ text }) => new URL(/http\S+/.exec(text)?.[0] ?? ''));
    expect((await reset(links[0] as URL)).status).toBe(200);
    expect((await open(links[1] as URL)).page.status).toBe(410);
    await expect((await running.authAs()).refresh({ refreshToken: tokens?.refreshToken ?? '', address: ADDRESS })).rejects.toMatchObject(
      denied('REFRESH_TOKEN_INVALID'),
    );
    await expect(digest.refresh(application.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await browser.open((await digest.begin()).url)).title).toBe('Log in – Reputable');
    await eventually(async () => {
      await expect((await running.authAs({ token: signed })).listSessions({})).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    }, 1_000);
  });

  it('lets the owner log in at once, after too many wrong passwords', async () => {
    const person = await running.person();
    for (let i = 0; i < 5; i += 1) await expect(logIn(person, 'wrong')).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(logIn(person)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    const { browser, page } = await open(await linkOf(person));
    await browser.send(page, page.forms[0], { password: NEW, again: NEW });
    await logIn({ ...person, address: '127.0.0.1' }, NEW);
  });

  it.each([
    ['two different passwords', NEW, `${NEW}!`, 'The two passwords differ.'],
    ['a short password', 'short', 'short', 'Must have 12 to 128 characters.'],
  ])('refuses %s, and the link can still be used', async (_, password, again, says) => {
    const person = await running.person();
    const link = await linkOf(person);
    const shown = await reset(link, password, again);
    expect(shown).toMatchObject({ status: 422, title: 'Error: Choose a new password – Reputable' });
    expect(shown.text).toContain(says);
    expect(shown.text).not.toContain(`value="${password}"`);
    expect((await reset(link)).status).toBe(200);
  });

  it('has pages that no cache keeps, and whose URL goes to no other page', async () => {
    const { page } = await open(await linkOf(await running.person()));
    const done = await reset(page.url);
    for (const { headers } of [page, done, (await open(page.url)).page]) {
      expect(Object.fromEntries(headers)).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
    }
  });

  it('is refused after too many requests, with the time to wait', async () => {
    const { email } = await running.person();
    for (let i = 0; i < 3; i += 1) await request(email);
    await expect(request(email)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    const browser = running.browser();
    const form = await browser.open('/forgot-password');
    // Another network has its own count.
    for (let i = 0; i < 3; i += 1) expect((await browser.send(form, form.forms[0], { email })).status).toBe(200);
    const page = await browser.send(form, form.forms[0], { email });
    expect(page).toMatchObject({ status: 429, title: 'Error: Forgot your password? – Reputable' });
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
  ])('refuses a form from %s (A18)', async (_, headers) => {
    const person = await running.person();
    const { browser, page } = await open(await linkOf(person));
    expect((await browser.send(page, page.forms[0], { password: NEW, again: NEW }, headers)).status).toBe(403);
    const forgot = await browser.open('/forgot-password');
    expect((await browser.send(forgot, forgot.forms[0], { email: person.email }, headers)).status).toBe(403);
    await logIn(person);
  });
});
