import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, eventually, query, StatementCounter } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { expectAudited } from '../auth.fixture.ts';
import { anOutsider, hasCode, type OutsideWorld, SCOPE, sharedOutsideWorld, startOutsideWorld } from './outside.fixture.ts';

let outside: OutsideWorld;
beforeAll(async () => {
  outside = await sharedOutsideWorld();
});

describe('a log-in with an outside provider (P23)', () => {
  it('goes there with PKCE, a nonce, and a redirect URI of this provider alone', async () => {
    const { url, page } = await outside.goTo('one');
    expect(`${url.origin}${url.pathname}`).toBe(`${outside.one.issuer}/log-in`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'reputable-one',
      response_type: 'code',
      redirect_uri: `${outside.issuer}/log-in-with/one/callback`,
      code_challenge_method: 'S256',
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
    const cookie = page.headers.get('set-cookie');
    expect(cookie).toMatch(/^__Host-outside-[\w-]{16}=/);
    expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
  });

  it('creates an account without a password, and logs in with it from then on', async () => {
    const { person, request, done, id, account } = await outside.aLinkedPerson();
    expect(account).toMatchObject({ verified: true, password_hash: null });
    await expectAudited(outside, 'provider_linked', { user_id: id, issuer: outside.one.issuer });
    await expectAudited(outside, 'account_created', { user_id: id, method: 'provider' });
    await expectAudited(outside, 'log_in', { user_id: id, method: 'provider', provider: 'one' });
    const tokens = await outside.client.redeem(request, done.url);
    expect(decodeJwt(tokens.id_token ?? '')).toMatchObject({ sub: id });
    const [profile] = await query(outside.user.databaseUrl, 'SELECT display_name FROM profile WHERE id = $1', [id]);
    expect(profile).toEqual({ display_name: 'Ada Outside' });
    const again = await outside.logIn({ ...person, email: 'other@outside.example', name: 'Eve' });
    const next = await outside.client.redeem(again.request, again.answer.url);
    expect(decodeJwt(next.id_token ?? '')).toMatchObject({ sub: id });
    expect(await outside.accountOf('other@outside.example')).toBeUndefined();
  });

  it('has the `auth_time` of the provider, and no `amr`', async () => {
    const { person } = await outside.aLinkedPerson();
    const authTime = Math.floor(Date.now() / 1000) - 1_000;
    outside.one.distort = (claims) => (claims['auth_time'] = authTime);
    const { request, answer } = await outside.logIn(person).finally(() => (outside.one.distort = () => undefined));
    const tokens = await outside.client.redeem(request, answer.url);
    for (const token of [tokens.id_token ?? '', await outside.exchange(tokens.access_token)]) {
      const claims = decodeJwt(token);
      expect(claims).toMatchObject({ auth_time: authTime });
      expect(claims).not.toHaveProperty('amr');
    }
  });

  it('asks for a display name of 2 to 50 characters', async () => {
    const person = anOutsider({ name: '  ' });
    const { browser, answer } = await outside.logIn(person);
    expect(answer.text).toContain(`<dd>${person.email}</dd>`);
    const refused = await browser.send(answer, answer.forms[0], { displayName: 'x' });
    expect(refused).toMatchObject({ status: 422, title: 'Error: Create an account – Reputable' });
    expect(await outside.accountOf(person.email)).toBeUndefined();
    expect(hasCode(await browser.send(refused, refused.forms[0], { displayName: 'Ada' }))).toBe(true);
  });

  it('creates one account by 20 parallel requests (A16)', async () => {
    const person = anOutsider();
    const { browser, answer } = await outside.logIn(person);
    await Promise.all(Array.from({ length: 20 }, () => browser.send(answer, answer.forms[0])));
    const { id = '' } = (await outside.accountOf(person.email)) ?? {};
    expect(await outside.linksOf(id)).toEqual([{ issuer: outside.one.issuer, subject: person.subject }]);
    const profiles = await query(outside.user.databaseUrl, 'SELECT id FROM profile WHERE id = $1', [id]);
    expect(profiles).toHaveLength(1);
  });

  it('says so if the provider states no address, and creates nothing', async () => {
    const { answer } = await outside.logIn(anOutsider({ email: '' }));
    expect(answer).toMatchObject({ status: 422, title: 'Provider one does not state your e-mail address – Reputable' });
    expect(answer.forms).toEqual([]);
  });

  it('takes the address from the userinfo endpoint if the ID token has none', async () => {
    outside.one.hasClaimsInIdToken = false;
    const { person, account } = await outside.aLinkedPerson().finally(() => (outside.one.hasClaimsInIdToken = true));
    expect(person.email).toContain('@');
    expect(account.verified).toBe(true);
  });

  it('is refused to a suspended user, who gets an explanation', async () => {
    const { person, id } = await outside.aLinkedPerson();
    await query(outside.user.databaseUrl, "UPDATE profile SET suspended_at = now(), suspension_reason = 'Spam.' WHERE id = $1", [id]);
    const { answer } = await outside.logIn(person);
    expect(answer).toMatchObject({ status: 403, title: 'You cannot log in – Reputable' });
    expect(answer.text).toContain('suspended');
  });

  it('is repeated at the provider if the application asks for a log-in now', async () => {
    const { person } = await outside.aLinkedPerson();
    const way = await outside.goTo('one', await outside.atLogIn({ prompt: 'login' }));
    expect(Object.fromEntries(way.url.searchParams)).toMatchObject({ prompt: 'login', max_age: '0' });
    outside.one.distort = (claims) => (claims['auth_time'] = Math.floor(Date.now() / 1000) - 1_000);
    const landed = await outside.one.authorize(way.url, person);
    const old = await way.browser.open(landed).finally(() => (outside.one.distort = () => undefined));
    expect(old).toMatchObject({ status: 403, title: 'Log in once more – Reputable' });
    const fresh = await outside.logIn(person, 'one', await outside.atLogIn({ prompt: 'login' }));
    expect(hasCode(fresh.answer)).toBe(true);
  });

  it('keeps two tabs of one browser apart', async () => {
    const { person } = await outside.aLinkedPerson();
    const first = await outside.atLogIn();
    const request = await outside.client.begin(SCOPE);
    const tab = { browser: first.browser, request, page: await first.browser.open(request.url) };
    const [a, b] = [await outside.goTo('one', first), await outside.goTo('one', tab)];
    for (const { browser, url, request: own } of [b, a]) {
      const back = await browser.open(await outside.one.authorize(url, person));
      expect([hasCode(back), back.url.searchParams.get('state')]).toEqual([true, own.state]);
    }
  });
});

describe('an address that has an account (A15, takeover)', () => {
  it('is not taken over by a provider that says that it has verified the address', async () => {
    const victim = await outside.person();
    const { browser, answer } = await outside.logIn(anOutsider({ email: victim.email }));
    expect(answer).toMatchObject({ status: 200, title: 'Link Provider one to your account – Reputable' });
    const { id = '' } = (await outside.accountOf(victim.email)) ?? {};
    const wrong = await browser.send(answer, answer.forms[0], { password: 'wrong horse battery' });
    expect(wrong).toMatchObject({ status: 422, title: 'Error: Link Provider one to your account – Reputable' });
    // The form of a free address, posted all the same.
    const forced = await browser.send(answer, { action: `${answer.url.pathname}/account`, fields: {} }, { displayName: 'Eve' });
    expect(forced).toMatchObject({ status: 409 });
    expect(await outside.linksOf(id)).toEqual([]);
    expect(await outside.accountOf(victim.email)).toMatchObject({ id, verified: false });
  });

  it('is linked by the password of the account', async () => {
    const [owner, subject] = [await outside.person(), anOutsider().subject];
    const person = anOutsider({ email: owner.email, subject });
    const { browser, request, answer } = await outside.logIn(person);
    const done = await browser.send(answer, answer.forms[0], { password: owner.password });
    const tokens = await outside.client.redeem(request, done.url);
    const { id = '' } = (await outside.accountOf(owner.email)) ?? {};
    expect(decodeJwt(tokens.id_token ?? '')).toMatchObject({ sub: id });
    expect(await outside.linksOf(id)).toEqual([{ issuer: outside.one.issuer, subject }]);
    expect(hasCode((await outside.logIn(person)).answer)).toBe(true);
  });

  it('is linked by a link in a mail, in the browser that asked, after a confirmation', async () => {
    const owner = await outside.person(true);
    const { id = '' } = (await outside.accountOf(owner.email)) ?? {};
    for (const accepts of [false, true]) {
      const { browser, answer } = await outside.logIn(anOutsider({ email: owner.email }));
      const sent = await browser.send(answer, { action: `${answer.url.pathname}/mail`, fields: {} });
      expect(sent.title).toBe('Check your mail – Reputable');
      const [mail] = await outside.mailsTo(owner.email, accepts ? 2 : 1);
      const opened = await browser.open(/http\S+/.exec(mail?.text ?? '')?.[0] ?? '');
      const [, link = ''] = /name="link" value="([^"]+)"/.exec(opened.text) ?? [];
      expect(opened.text).toContain('Log in and link Provider one');
      expect(hasCode(await browser.send(opened, opened.forms[0], accepts ? { link } : {}))).toBe(true);
      expect(await outside.linksOf(id)).toHaveLength(accepts ? 1 : 0);
    }
  });

  it('is not linked to a second user of the same provider', async () => {
    const owner = await outside.person();
    const link = async () => {
      const { browser, answer } = await outside.logIn(anOutsider({ email: owner.email }));
      return browser.send(answer, answer.forms[0], { password: owner.password });
    };
    expect(hasCode(await link())).toBe(true);
    expect(await link()).toMatchObject({ status: 409, title: 'Provider one cannot be linked – Reputable' });
  });

  it('goes back to its owner by a reset of the password, without the provider that got there first', async () => {
    const { person, id } = await outside.aLinkedPerson();
    await (await outside.authAs()).requestPasswordReset({ email: person.email, address: '192.0.2.1' });
    const reset = await outside.browser().open(await outside.linkTo(person.email));
    const password = 'another horse battery';
    expect((await outside.browser().send(reset, reset.forms[0], { password, again: password })).status).toBe(200);
    expect(await outside.linksOf(id)).toEqual([]);
    expect((await outside.logIn(person)).answer.title).toBe('Link Provider one to your account – Reputable');
  });
});

describe('an address that the provider has not verified (A15)', () => {
  /** A browser that a new user of provider one has logged in with, who states an unverified address. */
  async function unverified(email = anOutsider().email) {
    const person = anOutsider({ email, emailVerified: false });
    const way = await outside.logIn(person);
    return { ...way, person, path: way.answer.url.pathname };
  }

  /** The link in the mail to the address. */
  async function mailed({ browser, answer, person, path }: Awaited<ReturnType<typeof unverified>>): Promise<string> {
    const sent = await browser.send(answer, { action: `${path}/mail`, fields: {} });
    expect(sent).toMatchObject({ status: 200, title: 'Check your mail – Reputable' });
    const [mail] = await outside.mailsTo(person.email);
    return /http\S+/.exec(mail?.text ?? '')?.[0] ?? '';
  }

  it('has the same pages for a free and a taken address', async () => {
    const shown = async (email: string) => {
      const { browser, answer, path } = await unverified(email);
      const pages = [
        answer,
        await browser.send(answer, { action: `${path}/log-in`, fields: {} }, { password: 'wrong horse battery' }),
        await browser.send(answer, { action: `${path}/log-in`, fields: {} }, { password: '' }),
        await browser.send(answer, { action: `${path}/account`, fields: {} }, { displayName: 'Eve' }),
        await browser.send(answer, { action: `${path}/mail`, fields: {} }),
      ];
      return pages.map(({ status, title, text }) => [
        status,
        title,
        text
          .replaceAll(email, 'EMAIL')
          .replaceAll(path, 'PATH')
          .replace(/interaction\/[\w-]+/g, ''),
      ]);
    };
    const [free, taken] = [await shown(anOutsider().email), await shown((await outside.person(true)).email)];
    expect(free.map(([status]) => status)).toEqual([200, 422, 422, 422, 200]);
    expect(taken).toEqual(free);
  });

  it('gets an account by a link in a mail, in the browser that asked for it alone', async () => {
    const way = await unverified();
    expect(way.answer).toMatchObject({ status: 200, title: 'Confirm your e-mail address – Reputable' });
    const link = await mailed(way);
    expect(link).toMatch(new RegExp(`^${outside.issuer}${way.path}/mail/[\\w-]{43}$`));
    expect(await outside.browser().open(link)).toMatchObject({
      status: 400,
      title: 'Open this link in the browser where you asked for it – Reputable',
    });
    const page = await way.browser.open(link);
    expect(page).toMatchObject({ status: 200, title: 'Create an account – Reputable' });
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const refused = await way.browser.send(page, page.forms[0], { displayName: 'x' });
    expect(refused).toMatchObject({ status: 422, title: 'Error: Create an account – Reputable' });
    const sent = await Promise.all(Array.from({ length: 20 }, () => way.browser.send(refused, refused.forms[0], { displayName: 'Ada' })));
    expect(sent.some(hasCode)).toBe(true);
    const account = await outside.accountOf(way.person.email);
    expect(account).toMatchObject({ verified: true, password_hash: null });
    expect(await outside.linksOf(account?.id ?? '')).toEqual([{ issuer: outside.one.issuer, subject: way.person.subject }]);
    expect(hasCode((await outside.logIn(way.person)).answer)).toBe(true);
  });

  it('gets no account without that link, nor by the link of another log-in', async () => {
    const [way, other] = [await unverified(), await unverified()];
    const token = (await mailed(other)).split('/').at(-1) ?? '';
    for (const link of [`${way.path}/mail/${token}`, `${way.path}/mail/${'x'.repeat(43)}`]) {
      expect((await way.browser.open(link)).status).toBe(410);
      expect((await way.browser.send(way.answer, { action: `${link}/account`, fields: {} }, { displayName: 'Eve' })).status).toBe(410);
    }
    const again = await way.browser.send(way.answer, { action: `${way.path}/account`, fields: {} }, { displayName: 'Eve' });
    expect(again).toMatchObject({ status: 422, title: 'Error: Confirm your e-mail address – Reputable' });
    expect(await outside.accountOf(way.person.email)).toBeUndefined();
  });

  it('that has an account is linked to it by its password, or by a link to log in', async () => {
    const [ada, ben] = [await outside.person(), await outside.person(true)];
    const byPassword = await unverified(ada.email);
    const form = { action: `${byPassword.path}/log-in`, fields: {} };
    expect(hasCode(await byPassword.browser.send(byPassword.answer, form, { password: ada.password }))).toBe(true);
    const byMail = await unverified(ben.email);
    const page = await byMail.browser.open(await mailed(byMail));
    expect(page.text).toContain('Log in and link Provider one');
    const [, link = ''] = /name="link" value="([^"]+)"/.exec(page.text) ?? [];
    expect(hasCode(await byMail.browser.send(page, page.forms[0], { link }))).toBe(true);
    for (const { email } of [ada, ben]) expect(await outside.linksOf((await outside.accountOf(email))?.id ?? '')).toHaveLength(1);
  });

  it('that somebody else never verified here gets a link to choose a password', async () => {
    const { email } = await outside.person();
    expect(await mailed(await unverified(email))).toContain('/reset-password/');
  });
});

describe('the statements for an address that the provider has not verified', () => {
  let counter: StatementCounter & { readonly url: string };
  let counted: OutsideWorld;

  beforeAll(async () => {
    counter = await StatementCounter.start(await createTestDatabase('auth'));
    counted = await startOutsideWorld({ DATABASE_URL: counter.url });
  });
  afterAll(async () => {
    await counted.auth.stop();
    counter.stop();
  });

  /** The outbox runs these, after the response. */
  const DELIVERY = /FROM "account"|one_time_link|link_hash/;
  /** A periodic task stores failures, within a second. */
  const FAILURES = /INTO audit_event/;

  it('are the same for a free and a taken one (A15)', async () => {
    const statementsOf = async (email: string) => {
      const way = await counted.goTo('one');
      const landed = await counted.one.authorize(way.url, anOutsider({ email, emailVerified: false }));
      counter.statements.length = 0;
      const page = await way.browser.open(landed);
      const action = page.url.pathname;
      await way.browser.send(page, { action: `${action}/log-in`, fields: {} }, { password: 'wrong horse battery' });
      const before = counter.statements.map(({ text }) => text).filter((text) => !FAILURES.test(text));
      counter.statements.length = 0;
      await way.browser.send(page, { action: `${action}/mail`, fields: {} });
      return [before, counter.statements.map(({ text }) => text).filter((text) => !DELIVERY.test(text) && !FAILURES.test(text))];
    };
    // Again if a periodic task, as the look for new keys, ran a statement between them.
    await eventually(async () => {
      const taken = await statementsOf((await counted.person(true)).email);
      expect(taken.flat().filter((text) => text.includes('UPDATE outside_log_in'))).toHaveLength(2);
      expect(await statementsOf(anOutsider().email)).toEqual(taken);
    });
  });
});
