import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { denied, eventually, query } from '@reputable/testing';
import { sharedAuthWorld } from '../auth.fixture.ts';
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
  return { email: person.email, auth, id: tokens?.userId ?? '' };
}

const jobsFor = (email: string) =>
  query(running.auth.databaseUrl, "SELECT FROM pgboss.job WHERE name = 'link' AND data ->> 'email' = $1", [email]);

describe('an e-mail address', () => {
  it('is verified by a link that its user requests', async () => {
    const { email, auth } = await aUser();
    expect((await auth.getAccount({})).account).toMatchObject({ email, emailVerified: false });
    await auth.requestEmailVerification({ address: ADDRESS });
    const browser = running.browser();
    const page = await browser.open(await running.linkTo(email));
    expect(page).toMatchObject({ status: 200, title: 'Verify your e-mail address – Reputable' });
    expect(page.text).toContain(email);
    const done = await browser.send(page, page.forms[0]);
    expect(done).toMatchObject({ status: 200, title: 'Your e-mail address is verified – Reputable' });
    expect((await auth.getAccount({})).account).toMatchObject({ email, emailVerified: true });
  });

  it('that is verified gets no further link', async () => {
    const { email, auth, id } = await aUser();
    await query(running.auth.databaseUrl, 'UPDATE account SET email_verified_at = now() WHERE id = $1', [id]);
    await auth.requestEmailVerification({ address: ADDRESS });
    expect(await jobsFor(email)).toEqual([]);
  });

  it('is not verified by a link to an earlier address', async () => {
    const { email, auth, id } = await aUser();
    await auth.requestEmailVerification({ address: ADDRESS });
    const link = await running.linkTo(email);
    await query(running.auth.databaseUrl, "UPDATE account SET email = 'later-' || email WHERE id = $1", [id]);
    const browser = running.browser();
    const page = await browser.open(link);
    expect((await browser.send(page, page.forms[0])).status).toBe(410);
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
