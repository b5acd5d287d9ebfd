import { beforeAll, describe, expect, it } from '@jest/globals';
import { denied, HeldLock, query } from '@reputable/testing';
import type { Browser, Shown } from '../browser.fixture.ts';
import { walk } from '../oauth.fixture.ts';
import { anOutsider, hasCode, linkIn, type OutsideWorld, SCOPE, sharedOutsideWorld } from './outside.fixture.ts';

let outside: OutsideWorld;
beforeAll(async () => {
  outside = await sharedOutsideWorld();
});

/** A member whose browser is logged in, and a client of auth in the member's name. */
async function aMember() {
  const person = await outside.person();
  const browser = outside.browser();
  const request = await outside.client.begin(SCOPE);
  const tokens = await outside.client.redeem(request, (await walk(browser, request.url, person)).url);
  const auth = await outside.authAs({ token: await outside.exchange(tokens.access_token) });
  const { id = '' } = (await outside.accountOf(person.email)) ?? {};
  return { person, browser, auth, id };
}

type Member = Awaited<ReturnType<typeof aMember>>;

/** Goes to a provider from the page that links it, and comes back. */
async function comeBack(browser: Browser, outsider = anOutsider(), provider: 'one' | 'two' = 'one'): Promise<Shown> {
  const page = await browser.open(`/link/${provider}`);
  const way = await browser.send(page, page.forms[0]);
  return browser.open(await outside[provider].authorize(linkIn(way), outsider));
}

/** Links a user at a provider to a member. */
async function link({ browser }: Member, outsider = anOutsider(), provider: 'one' | 'two' = 'one'): Promise<Shown> {
  const asked = await comeBack(browser, outsider, provider);
  return browser.send(asked, asked.forms[0]);
}

const listed = async ({ auth }: Member) => auth.listLinkedLogIns({});

describe('linking a provider while logged in (P23)', () => {
  it('asks before and after, and then logs in with it; several providers of one account', async () => {
    const member = await aMember();
    const { providers } = await listed(member);
    expect(providers).toMatchObject([
      { id: 'one', label: 'Provider one', linkUrl: `${outside.issuer}/link/one` },
      { id: 'two', label: 'Provider two' },
    ]);
    const outsider = anOutsider();
    const asked = await comeBack(member.browser, outsider);
    expect(asked).toMatchObject({ status: 200, title: 'Link Provider one to your account? – Reputable' });
    for (const text of [outsider.email, member.person.email]) expect(asked.text).toContain(text);
    expect(await outside.linksOf(member.id)).toEqual([]);
    expect(await member.browser.send(asked, asked.forms[0])).toMatchObject({ status: 200, title: 'Provider one is linked – Reputable' });
    await link(member, outsider, 'two');
    expect(await listed(member)).toMatchObject({
      linkedLogIns: [{ provider: 'two' }, { provider: 'one', label: 'Provider one', email: outsider.email }],
      providers: [],
    });
    for (const provider of ['one', 'two'] as const) expect(hasCode((await outside.logIn(outsider, provider)).answer)).toBe(true);
    expect((await listed(member)).linkedLogIns.map(({ lastUsedAt }) => lastUsedAt !== undefined)).toEqual([true, true]);
  });

  it('needs a browser that is logged in', async () => {
    expect(await outside.browser().open('/link/one')).toMatchObject({ status: 403, title: 'You are not logged in – Reputable' });
    const member = await aMember();
    const page = await member.browser.open('/link/one');
    expect((await outside.browser().send(page, page.forms[0])).status).toBe(403);
    expect((await member.browser.send(page, page.forms[0], {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  it('does not link the answer of one browser to the account of another', async () => {
    const [ada, eve] = [await aMember(), await aMember()];
    const asked = await comeBack(eve.browser);
    // Eve's answer, in Ada's browser.
    expect((await ada.browser.open(asked.url)).status).toBe(410);
    expect((await ada.browser.send(asked, asked.forms[0])).status).toBe(410);
    expect((await ada.browser.send(asked, asked.forms[0], {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(await outside.linksOf(ada.id)).toEqual([]);
  });

  it('is confirmed once, also by 20 parallel requests (A16)', async () => {
    const member = await aMember();
    const asked = await comeBack(member.browser);
    const sent = await Promise.all(Array.from({ length: 20 }, () => member.browser.send(asked, asked.forms[0])));
    expect(sent.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await outside.linksOf(member.id)).toHaveLength(1);
  });

  it('is refused for a user who is linked to another account, and for a second user of one provider', async () => {
    const [ada, eve, outsider] = [await aMember(), await aMember(), anOutsider()];
    await link(ada, outsider);
    expect(await link(eve, outsider)).toMatchObject({ status: 409, title: 'Provider one cannot be linked – Reputable' });
    expect(await link(ada)).toMatchObject({ status: 409 });
    expect(await outside.linksOf(eve.id)).toEqual([]);
  });

  it('shows a failure of the provider and the way back', async () => {
    const { browser } = await aMember();
    outside.one.isUp = false;
    // Its metadata is known: it fails after the provider's page.
    const page = await browser.open('/link/one');
    const way = await browser.send(page, page.forms[0]);
    outside.one.isUp = true;
    const landed = await outside.one.authorize(linkIn(way), anOutsider());
    outside.one.isUp = false;
    const down = await browser.open(landed).finally(() => (outside.one.isUp = true));
    expect(down).toMatchObject({ status: 503, title: 'Provider one does not answer – Reputable' });
    expect(down.text).toContain('href="/link/one"');
  });
});

describe('linking a provider more than five minutes after the log-in', () => {
  /** Moves the log-in of an account into the past. */
  const age = (id: string, seconds: number) =>
    query(
      outside.auth.databaseUrl,
      `UPDATE oauth_record SET payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::int - $2::int))
       WHERE model = 'Session' AND payload ->> 'accountId' = $1`,
      [id, seconds],
    );

  it('needs the password', async () => {
    const { browser, id, person } = await aMember();
    await age(id, 290);
    expect((await browser.open('/link/one')).text).not.toContain('name="password"');
    await age(id, 20);
    const page = await browser.open('/link/one');
    expect(page.text).toContain('name="password"');
    for (const fields of [{}, { password: '' }, { password: 'wrong horse battery' }]) {
      const refused = await browser.send(page, { action: '/link/one', fields: {} }, fields);
      expect(refused).toMatchObject({ status: 422, title: 'Error: Link Provider one to your account – Reputable' });
    }
    const way = await browser.send(page, page.forms[0], { password: person.password });
    const asked = await browser.open(await outside.one.authorize(linkIn(way), anOutsider()));
    expect(await browser.send(asked, asked.forms[0])).toMatchObject({ title: 'Provider one is linked – Reputable' });
  });

  it('counts wrong passwords like log-ins (A15)', async () => {
    const { browser, id } = await aMember();
    await age(id, 310);
    const page = await browser.open('/link/one');
    const send = () => browser.send(page, page.forms[0], { password: 'wrong horse battery' });
    for (let i = 0; i < 5; i += 1) expect((await send()).status).toBe(422);
    const refused = await send();
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
  });

  it('needs a log-in if the account has no password', async () => {
    const { browser, id, person } = await outside.aLinkedPerson();
    await age(id, 310);
    const refused = { status: 403, title: 'Log in again – Reputable' };
    const page = await browser.open('/link/two');
    expect(page).toMatchObject(refused);
    expect(page.text).toContain('href="http://localhost:3000/auth/login?again=yes&amp;returnTo=/account/log-ins"');
    expect(await browser.send(page, { action: '/link/two', fields: {} })).toMatchObject(refused);
    const request = await outside.client.begin('openid', { prompt: 'login' });
    await outside.logIn(person, 'one', { browser, request, page: await browser.open(request.url) });
    expect((await browser.open('/link/two')).status).toBe(200);
  });
});

describe('the owner of the account', () => {
  const subjects = async (email: string, count: number) => (await outside.mailsTo(email, count)).map(({ subject }) => subject);

  it('gets a mail when a provider is linked, and when it is unlinked', async () => {
    const member = await aMember();
    await link(member);
    const [linked] = (await listed(member)).linkedLogIns;
    expect(await subjects(member.person.email, 1)).toEqual(['Provider one is linked to your account']);
    await member.auth.unlinkLogIn({ id: linked?.id ?? '' });
    expect(await subjects(member.person.email, 2)).toEqual([
      'Provider one is unlinked from your account',
      'Provider one is linked to your account',
    ]);
    const [mail] = await outside.mailsTo(member.person.email);
    expect(mail?.text).toContain(`${outside.issuer}/forgot-password`);
  });

  it('gets it also after a log-in that links, and after a reset of the password that unlinks', async () => {
    const owner = await outside.person();
    const { browser, answer } = await outside.logIn(anOutsider({ email: owner.email }));
    await browser.send(answer, answer.forms[0], { password: owner.password });
    expect(await subjects(owner.email, 1)).toEqual(['Provider one is linked to your account']);
    await (await outside.authAs()).requestPasswordReset({ email: owner.email, address: '192.0.2.1' });
    const [mail] = await outside.mailsTo(owner.email, 2);
    const page = await browser.open(/http\S+/.exec(mail?.text ?? '')?.[0] ?? '');
    await browser.send(page, page.forms[0], { password: 'another horse battery', again: 'another horse battery' });
    expect((await subjects(owner.email, 3))[0]).toBe('Provider one is unlinked from your account');
  });
});

describe('unlinking', () => {
  it('ends the log-in with the provider', async () => {
    const [member, outsider] = [await aMember(), anOutsider()];
    await link(member, outsider);
    const [linked] = (await listed(member)).linkedLogIns;
    await member.auth.unlinkLogIn({ id: linked?.id ?? '' });
    expect((await outside.logIn(outsider)).answer.title).toBe('Create an account – Reputable');
  });

  it('is refused for the only way in', async () => {
    const { request, done } = await outside.aLinkedPerson();
    const tokens = await outside.client.redeem(request, done.url);
    const auth = await outside.authAs({ token: await outside.exchange(tokens.access_token) });
    const [linked] = (await auth.listLinkedLogIns({})).linkedLogIns;
    await expect(auth.unlinkLogIn({ id: linked?.id ?? '' })).rejects.toMatchObject(denied('LAST_WAY_IN'));
  });
});

describe('linking a provider while the password is reset', () => {
  /** A member whose stolen browser is about to link a provider, and the form with which the owner resets the password. */
  async function aTheft() {
    const member = await aMember();
    const asked = await comeBack(member.browser);
    await (await outside.authAs()).requestPasswordReset({ email: member.person.email, address: '192.0.2.1' });
    const owner = outside.browser();
    const form = await owner.open(await outside.linkTo(member.person.email));
    const passwords = { password: 'another horse battery', again: 'another horse battery' };
    return {
      member,
      link: () => member.browser.send(asked, asked.forms[0]),
      reset: async () => expect(await owner.send(form, form.forms[0], passwords)).toMatchObject({ status: 200 }),
    };
  }

  it('leaves no link if the link comes first (A22)', async () => {
    const { member, link: send, reset } = await aTheft();
    const row = `SELECT 1 FROM outside_log_in WHERE account_id = '${member.id}' FOR UPDATE`;
    await using lock = await HeldLock.take(outside.auth.databaseUrl, row);
    const linking = send();
    await lock.isAwaited();
    const resetting = reset();
    await Promise.race([resetting, lock.isAwaited(2)]);
    await lock.release();
    await Promise.all([linking, resetting]);
    expect(await outside.linksOf(member.id)).toEqual([]);
  });

  it('is refused if the reset comes first (A22)', async () => {
    const { member, link: send, reset } = await aTheft();
    await using lock = await HeldLock.take(outside.auth.databaseUrl, `SELECT 1 FROM account WHERE id = '${member.id}' FOR UPDATE`);
    const resetting = reset();
    await lock.isAwaited();
    const linking = send();
    await lock.isAwaited(2);
    await lock.release();
    await resetting;
    expect(await linking).toMatchObject({ status: 403 });
    expect(await outside.linksOf(member.id)).toEqual([]);
  });
});
