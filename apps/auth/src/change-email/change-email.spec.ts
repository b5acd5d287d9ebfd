import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { linksIn } from '@reputable/mailbox';
import { denied, Durations, HeldLock, query } from '@reputable/testing';
import { aPerson, expectAudited, sharedAuthWorld } from '../auth.fixture.ts';
import { type Shown } from '../browser.fixture.ts';
import { type Application, type OAuthWorld, openOAuthWorld, type Person } from '../oauth.fixture.ts';

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

/** A person who is logged in. */
async function aUser() {
  const person = await running.person();
  const { tokens } = await (await running.authAs()).logIn(person);
  const auth = await running.authAs({ token: await running.exchange(tokens?.accessToken ?? '') });
  const request = (newEmail: string, currentPassword = person.password) =>
    auth.requestEmailChange({ newEmail, currentPassword, address: ADDRESS });
  return { person, auth, request, refreshToken: tokens?.refreshToken ?? '', id: tokens?.userId ?? '' };
}

/** Opens a link, and sends the form. */
async function use(link: URL, { password }: Pick<Person, 'password'>, browser = running.browser()): Promise<Shown> {
  const page = await browser.open(link);
  return browser.send(page, page.forms[0], { password });
}

const logIn = async (person: Person, email = person.email) => (await running.authAs()).logIn({ ...person, email });

const emailOf = async (id: string) =>
  (await query<{ email: string }>(running.auth.databaseUrl, 'SELECT email FROM account WHERE id = $1', [id]))[0]?.email;

describe('a change of the e-mail address', () => {
  it('begins with a link to the new address, which is verified then, and a notice goes to the old one', async () => {
    const { person, auth, request, id } = await aUser();
    const { email } = aPerson();
    await request(` ${email.toUpperCase()} `);
    expect(await use(await running.linkTo(email), person)).toMatchObject({
      status: 200,
      title: 'Your e-mail address is changed – Reputable',
    });
    expect((await auth.getAccount({})).account).toMatchObject({ email, emailVerified: true });
    await logIn(person, email);
    await expect(logIn(person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expectAudited(running, 'email_changed', { user_id: id, address: '127.0.0.1' });
    const [notice] = await running.mailsTo(person.email);
    expect(notice?.subject).toBe('The e-mail address of your account has changed');
    expect(notice?.text).not.toContain(email);
    expect(linksIn(notice ?? { text: '' })).toEqual([]);
  });

  it('ends no session', async () => {
    const { person, auth, request, refreshToken } = await aUser();
    const { email } = aPerson();
    const before = (await auth.listSessions({})).sessions.map(({ id }) => id);
    await request(email);
    await use(await running.linkTo(email), person);
    expect((await auth.listSessions({})).sessions.map(({ id }) => id)).toEqual(before);
    await (await running.authAs()).refresh({ refreshToken, address: ADDRESS });
  });

  it('makes a link invalid that is sent to the old address at the same time', async () => {
    const { person, request } = await aUser();
    const { email } = aPerson();
    await request(email);
    const link = await running.linkTo(email);
    // The change has written the address, and not deleted the links.
    await using lock = await HeldLock.take(running.auth.databaseUrl, 'LOCK TABLE audit_event IN SHARE MODE');
    const changing = use(link, person);
    await lock.isAwaited();
    await (await running.authAs()).requestPasswordReset({ email: person.email, address: ADDRESS });
    await lock.isAwaited(2);
    await lock.release();
    expect(await changing).toMatchObject({ status: 200 });
    const mails = await running.mailsTo(person.email, 2);
    const [reset] = mails.flatMap((mail) => linksIn(mail));
    expect((await running.browser().open(reset ?? '')).status).toBe(410);
  });

  it('makes the other links of the account invalid', async () => {
    const { person, request } = await aUser();
    await (await running.authAs()).requestPasswordReset({ email: person.email, address: ADDRESS });
    const reset = await running.linkTo(person.email);
    const [one, other] = [aPerson().email, aPerson().email];
    await request(one);
    await request(other);
    const [first, second] = [await running.linkTo(one), await running.linkTo(other)];
    expect((await use(first, person)).status).toBe(200);
    for (const link of [reset, second]) expect((await running.browser().open(link)).status).toBe(410);
  });

  it('is over after a change of the password', async () => {
    const { person, auth, request, id } = await aUser();
    const { email } = aPerson();
    await request(email);
    const link = await running.linkTo(email);
    const newPassword = 'another horse battery';
    await auth.changePassword({ currentPassword: person.password, newPassword, address: ADDRESS });
    expect((await running.browser().open(link)).status).toBe(410);
    expect(await emailOf(id)).toBe(person.email);
  });

  it('needs the current password, and wrong ones count as log-ins (A15)', async () => {
    const { person, request } = await aUser();
    const { email } = aPerson();
    for (let i = 0; i < 5; i += 1) await expect(request(email, 'wrong')).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(request(email)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    await expect(logIn(person)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    expect((await running.world.mailbox()).mailsTo(email)).toEqual([]);
  });

  it('needs the password again, unless the browser is logged in to the account', async () => {
    const { person, request, id } = await aUser();
    const [one, other] = [aPerson().email, aPerson().email];
    await request(one);
    const link = await running.linkTo(one);
    const page = await use(link, { password: 'wrong' });
    expect(page).toMatchObject({ status: 422, title: 'Error: Change your e-mail address – Reputable' });
    const stranger = running.browser();
    await digest.logIn(stranger, await running.person());
    expect((await use(link, { password: '' }, stranger)).status).toBe(422);
    expect(await emailOf(id)).toBe(person.email);

    const browser = running.browser();
    await digest.logIn(browser, person);
    expect((await browser.open(link)).forms[0]?.fields).toEqual({});
    expect((await use(link, { password: '' }, browser)).status).toBe(200);
    expect(await emailOf(id)).toBe(one);
    await request(other);
    expect((await use(await running.linkTo(other), person)).status).toBe(200);
  });

  it('is refused after too many requests for one address', async () => {
    const { request } = await aUser();
    const { email } = aPerson();
    for (let i = 0; i < 3; i += 1) await request(email);
    await expect(request(email)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
  });

  it.each([
    ['no address', { newEmail: 'x' }, 'new_email'],
    ['a huge password', { currentPassword: 'x'.repeat(900_000) }, 'current_password'],
    ['no IP address', { address: 'x' }, 'address'],
  ])('is refused with %s', async (_, bad, field) => {
    const { auth, person } = await aUser();
    const request = { newEmail: aPerson().email, currentPassword: person.password, address: ADDRESS, ...bad };
    await expect(auth.requestEmailChange(request)).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field }] });
  });
});

describe('an address that has an account', () => {
  it('has the same answer as a free one, and its owner gets a notice without a link (A15)', async () => {
    const { person, request, id } = await aUser();
    const owner = await running.person();
    expect(await request(owner.email)).toEqual(await request(aPerson().email));
    const [notice] = await running.mailsTo(owner.email);
    expect(notice?.subject).toBe('Your e-mail address has an account already');
    expect(notice?.text).not.toContain(person.email);
    expect(linksIn(notice ?? { text: '' })).toEqual([]);
    expect(await emailOf(id)).toBe(person.email);
    await logIn(owner);
  });

  it('takes the same time as a free one (A15)', async () => {
    const times = new Durations<'taken' | 'free'>();
    for (let turn = 0; turn < 15; turn += 1) {
      const { request } = await aUser();
      for (const [kind, { email }] of [
        ['taken', await running.person()],
        ['free', aPerson()],
      ] as const) {
        await times.measure(kind, () => request(email));
      }
    }
    expect(times.ratio('taken', 'free')).toBeGreaterThan(1 / 3);
    expect(times.ratio('taken', 'free')).toBeLessThan(3);
  });

  it('since the request cannot be used, and a page says so', async () => {
    const { person, request, id } = await aUser();
    const newcomer = await running.person();
    const { email } = aPerson();
    await request(email);
    const link = await running.linkTo(email);
    await query(running.auth.databaseUrl, 'UPDATE account SET email = $2 WHERE email = $1', [newcomer.email, email]);
    expect(await use(link, person)).toMatchObject({ status: 409, title: 'This address cannot be used – Reputable' });
    expect(await emailOf(id)).toBe(person.email);
    await logIn(person);
    await logIn(newcomer, email);
  });

  it('belongs to one of two accounts that change to it at the same time', async () => {
    const { email } = aPerson();
    const users = [await aUser(), await aUser()];
    for (const { request } of users) await request(email);
    const links = (await running.mailsTo(email, 2)).flatMap(linksIn).map((link) => new URL(link));
    // All persons have the same password.
    const statuses = (await Promise.all(links.map((link) => use(link, aPerson())))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 409]);
  });
});
