import { beforeAll, describe, expect, it } from '@jest/globals';
import { denied } from '@reputable/testing';
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
