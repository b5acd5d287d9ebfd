import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { denied, eventually, query } from '@reputable/testing';
import { expectAudited, sharedAuthWorld } from '../auth.fixture.ts';
import { type OAuthWorld, openOAuthWorld } from '../oauth.fixture.ts';

const ADDRESS = '192.0.2.1';

let running: OAuthWorld;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
});
afterAll(async () => {
  await running.end();
});

/** A person who is logged in. */
async function aUser() {
  const person = await running.person();
  const { tokens } = await (await running.authAs()).logIn(person);
  const auth = await running.authAs({ token: await running.exchange(tokens?.accessToken ?? '') });
  return { person, email: person.email, auth, id: tokens?.userId ?? '' };
}

const jobsFor = (email: string) =>
  query(running.auth.databaseUrl, "SELECT FROM pgboss.job WHERE name = 'link' AND data ->> 'email' = $1", [email]);

describe('an e-mail address', () => {
  it('is verified by a link that its user requests', async () => {
    const { person, email, auth, id } = await aUser();
    expect((await auth.getAccount({})).account).toMatchObject({ email, emailVerified: false });
    await auth.requestEmailVerification({ address: ADDRESS });
    const browser = running.browser();
    const page = await browser.open(await running.linkTo(email));
    expect(page).toMatchObject({ status: 200, title: 'Verify your e-mail address – Reputable' });
    expect(page.text).toContain(email);
    const done = await browser.send(page, page.forms[0], { password: person.password });
    expect(done).toMatchObject({ status: 200, title: 'Your e-mail address is verified – Reputable' });
    expect((await auth.getAccount({})).account).toMatchObject({ email, emailVerified: true });
    await expectAudited(running, 'email_verified', { user_id: id });
  });

  it('is not verified for an attacker who named it, by a click of its reader', async () => {
    const { email, auth } = await aUser();
    await auth.requestEmailVerification({ address: ADDRESS });
    const link = await running.linkTo(email);
    const digest = await running.application();
    const browser = running.browser();
    await digest.logIn(browser, await running.person());
    for (const reader of [running.browser(), browser]) {
      for (const password of ['', 'the password of the reader']) {
        const page = await reader.open(link);
        expect(await reader.send(page, page.forms[0], { password })).toMatchObject({
          status: 422,
          title: 'Error: Verify your e-mail address – Reputable',
        });
      }
    }
    expect((await auth.getAccount({})).account?.emailVerified).toBe(false);
  });

  it('is verified without the password by a browser that is logged in to the account, which may have none', async () => {
    const { person, email, auth, id } = await aUser();
    await auth.requestEmailVerification({ address: ADDRESS });
    const link = await running.linkTo(email);
    const digest = await running.application();
    const browser = running.browser();
    await digest.logIn(browser, person);
    await query(running.auth.databaseUrl, 'UPDATE account SET password_hash = NULL WHERE id = $1', [id]);
    const other = running.browser();
    const asked = await other.open(link);
    expect((await other.send(asked, asked.forms[0], { password: person.password })).status).toBe(422);
    const page = await browser.open(link);
    expect(page.forms[0]?.fields).toEqual({});
    expect((await browser.send(page, page.forms[0])).status).toBe(200);
    expect((await auth.getAccount({})).account?.emailVerified).toBe(true);
  });

  it('that is verified gets no further link', async () => {
    const { email, auth, id } = await aUser();
    await query(running.auth.databaseUrl, 'UPDATE account SET email_verified_at = now() WHERE id = $1', [id]);
    await auth.requestEmailVerification({ address: ADDRESS });
    expect(await jobsFor(email)).toEqual([]);
  });

  it('is not verified by a link to an earlier address', async () => {
    const { person, email, auth, id } = await aUser();
    await auth.requestEmailVerification({ address: ADDRESS });
    const link = await running.linkTo(email);
    const browser = running.browser();
    const page = await browser.open(link);
    await query(running.auth.databaseUrl, "UPDATE account SET email = 'later-' || email WHERE id = $1", [id]);
    expect((await browser.send(page, page.forms[0], { password: person.password })).status).toBe(410);
    expect((await browser.open(link)).status).toBe(410);
    expect((await auth.getAccount({})).account?.emailVerified).toBe(false);
  });

  it('gets three links in 15 minutes at most', async () => {
    const { email, auth } = await aUser();
    for (let i = 0; i < 3; i += 1) await auth.requestEmailVerification({ address: ADDRESS });
    await expect(auth.requestEmailVerification({ address: ADDRESS })).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    await eventually(async () => {
      expect(await jobsFor(email)).toHaveLength(3);
    });
  });

  it('gets no link without an IP address', async () => {
    const { auth } = await aUser();
    const refused = auth.requestEmailVerification({ address: 'x' });
    await expect(refused).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field: 'address' }] });
  });
});
