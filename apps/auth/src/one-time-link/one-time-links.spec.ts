import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { linksIn } from '@reputable/mailbox';
import { Durations, eventually, query } from '@reputable/testing';
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { aPerson, sharedAuthWorld } from '../auth.fixture.ts';
import { type OAuthWorld, openOAuthWorld, type Person } from '../oauth.fixture.ts';

const NEW = 'another horse battery';
const ADDRESS = '192.0.2.1';

let running: OAuthWorld;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
});
afterAll(async () => {
  await running.end();
});

/** A person, a link that this person has, and its effect. */
interface Sent {
  readonly person: Person;
  readonly link: URL;
  /** The link's table: `one_time_link` unless given. */
  readonly table?: string;
  /** Whether the link has had its effect on the person's account. */
  readonly isUsed: () => Promise<boolean>;
}

const accountOf = async (id: string) =>
  (
    await query<{ email: string; email_verified_at: Date | null }>(running.auth.databaseUrl, 'SELECT * FROM account WHERE id = $1', [id])
  )[0];

/** A person who is logged in, as a client of auth. */
async function aUser() {
  const person = { ...aPerson(), password: NEW };
  const { tokens } = await running.join(person);
  const auth = await running.authAs({ token: await running.exchange(tokens?.accessToken ?? '') });
  return { person, auth, id: tokens?.userId ?? '' };
}

const FIELDS = { password: NEW, again: NEW };

/** The links that any browser can use, by purpose. */
const LINKS: Readonly<Record<string, () => Promise<Sent>>> = {
  reset_password: async () => {
    const person = await running.person();
    await (await running.authAs()).requestPasswordReset({ email: person.email, address: ADDRESS });
    const isUsed = () => logIn(person, NEW).then(Boolean, () => false);
    return { person, link: await running.linkTo(person.email), isUsed };
  },
  verify_email: async () => {
    const { person, auth, id } = await aUser();
    await auth.requestEmailVerification({ address: ADDRESS });
    const isUsed = async () => (await accountOf(id))?.email_verified_at instanceof Date;
    return { person, link: await running.linkTo(person.email), isUsed };
  },
  change_email: async () => {
    const { person, auth, id } = await aUser();
    const { email } = aPerson();
    await auth.requestEmailChange({ newEmail: email, currentPassword: person.password, address: ADDRESS });
    return { person, link: await running.linkTo(email), isUsed: async () => (await accountOf(id))?.email === email };
  },
  register: async () => {
    const person = { ...aPerson(), password: NEW };
    await (await running.authAs()).register(person);
    const link = await running.linkTo(person.email);
    // The lifetime begins after the mail was sent.
    await eventually(async () => {
      const sent = "SELECT FROM registration WHERE email = $1 AND expires_at < now() + interval '1 hour'";
      expect(await query(running.auth.databaseUrl, sent, [person.email])).toHaveLength(1);
    });
    return { person, link, table: 'registration', isUsed: () => logIn(person, NEW).then(Boolean, () => false) };
  },
};

/** Uses a link, and returns the status. */
async function use(link: URL, headers: Record<string, string> = {}): Promise<number> {
  const body = new URLSearchParams(FIELDS);
  return (await fetch(link, { method: 'POST', body, headers: { 'sec-fetch-site': 'same-origin', accept: 'text/html', ...headers } }))
    .status;
}

const alter = ({ link, table = 'one_time_link' }: Sent, set: string) =>
  query(running.auth.databaseUrl, `UPDATE ${table} SET ${set} WHERE token_hash = sha256($1::bytea) RETURNING id`, [
    link.pathname.split('/').at(-1),
  ]);

const logIn = async (person: Person, password: string) => (await running.authAs()).logIn({ ...person, password });

describe.each(Object.entries(LINKS))('a one-time link to %s (A16)', (_, aLink) => {
  it('has one success of 20 parallel uses', async () => {
    const { link, isUsed } = await aLink();
    const statuses = await Promise.all(Array.from({ length: 20 }, () => use(link)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    // The check of a password also has a limit.
    expect(statuses.filter((status) => status === 410 || status === 429)).toHaveLength(19);
    expect(await isUsed()).toBe(true);
  });

  it('cannot be used again', async () => {
    const { link } = await aLink();
    expect(await use(link)).toBe(200);
    expect(await use(link)).toBe(410);
    expect((await running.browser().open(link)).status).toBe(410);
  });

  it('cannot be used a second after it expired', async () => {
    const sent = await aLink();
    const { link, isUsed } = sent;
    expect(await alter(sent, "expires_at = now() - interval '1 second'")).toHaveLength(1);
    expect(await use(link)).toBe(410);
    expect(await isUsed()).toBe(false);
    await alter(sent, "expires_at = now() + interval '1 minute'");
    expect(await use(link)).toBe(200);
  });

  it('is valid for 15 minutes', async () => {
    const sent = await aLink();
    const [row] = await alter(sent, 'token_hash = token_hash');
    const lives = `SELECT extract(epoch FROM expires_at - now())::float8 AS seconds FROM ${sent.table ?? 'one_time_link'} WHERE id = $1`;
    const [{ seconds } = { seconds: NaN }] = await query<{ seconds: number }>(running.auth.databaseUrl, lives, [
      (row as { id: string }).id,
    ]);
    expect(seconds).toBeGreaterThan(14 * 60);
    expect(seconds).toBeLessThanOrEqual(15 * 60);
  });

  it('cannot be used for another purpose', async () => {
    const { link, isUsed } = await aLink();
    const [, own = '', token = ''] = link.pathname.split('/');
    const others = ['reset-password', 'verify-email', 'change-email', 'confirm-registration'].filter((path) => path !== own);
    for (const path of others) expect(await use(new URL(`/${path}/${token}`, link))).toBe(410);
    expect(await isUsed()).toBe(false);
    expect(await use(link)).toBe(200);
  });

  it('has no effect on another account', async () => {
    const [mine, other] = await Promise.all([aLink(), aLink()]);
    expect(await use(mine.link)).toBe(200);
    expect([await mine.isUsed(), await other.isUsed()]).toEqual([true, false]);
    expect(await use(other.link)).toBe(200);
  });

  it('is not used up by whoever only opens it', async () => {
    const { link, isUsed } = await aLink();
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200);
    expect(await isUsed()).toBe(false);
    expect(await use(link)).toBe(200);
  });

  it.each(['cross-site', 'same-site', 'none'])('is not used by a form that is %s (A18)', async (site) => {
    const { link, isUsed } = await aLink();
    expect(await use(link, { 'sec-fetch-site': site })).toBe(403);
    expect(await isUsed()).toBe(false);
  });

  it('is not valid with another token, and an odd one is no error', async () => {
    const { link } = await aLink();
    const [, path = '', token = ''] = link.pathname.split('/');
    for (const odd of ['x', 'A'.repeat(43), '%00', `${token}=`]) expect(await use(new URL(`/${path}/${odd}`, link))).toBe(410);
  });

  it('has pages that no cache keeps, and whose URL goes to no other page', async () => {
    const { link } = await aLink();
    const browser = running.browser();
    const page = await browser.open(link);
    const done = await browser.send(page, page.forms[0], FIELDS);
    for (const { headers } of [page, done, await browser.open(link)]) {
      expect(Object.fromEntries(headers)).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
    }
  });

  it('begins with the public URL, in the text and in the HTML', async () => {
    const { link } = await aLink();
    expect(link.href).toMatch(new RegExp(`^${running.issuer}/[a-z-]+/[\\w-]{43}$`));
    const [mail] = (await running.world.mailbox()).mails.filter(({ text }) => text.includes(link.href));
    expect(mail?.html).toContain(`<a href="${link.href}">`);
  });
});

describe.each(Object.entries(LINKS).filter(([purpose]) => purpose !== 'register'))('a one-time link to %s', (purpose, aLink) => {
  it('ends with a reset of the password', async () => {
    const sent = await aLink();
    const { person, link, isUsed } = sent;
    await (await running.authAs()).requestPasswordReset({ email: person.email, address: ADDRESS });
    const mails = await running.mailsTo(person.email, link.pathname.startsWith('/change-email') ? 1 : 2);
    const [reset] = mails.flatMap(linksIn);
    expect(await use(new URL(reset ?? ''))).toBe(200);
    if (purpose !== 'reset_password') await alter(sent, "expires_at = now() + interval '1 minute'");
    expect(await use(link)).toBe(410);
    if (purpose === 'change_email') expect(await isUsed()).toBe(false);
  });
});

describe('a request for a link', () => {
  it('has the same answer for an unknown address, and sends nothing (A15)', async () => {
    const [known, unknown] = [await running.person(), aPerson()];
    const ask = async (email: string) => {
      const browser = running.browser();
      const page = await browser.open('/forgot-password');
      const { status, text } = await browser.send(page, page.forms[0], { email });
      return { status, text: text.replaceAll(email, 'ADDRESS') };
    };
    expect(await ask(unknown.email)).toEqual(await ask(known.email));
    const auth = await running.authAs();
    const [one, other] = [known, unknown].map(({ email }) => auth.requestPasswordReset({ email, address: ADDRESS }));
    expect(await other).toEqual(await one);
    await running.mailsTo(known.email, 2);
    expect((await running.world.mailbox()).mailsTo(unknown.email)).toEqual([]);
  });

  it('takes the same time for an unknown address (A15)', async () => {
    const auth = await running.authAs();
    const members = await Promise.all(Array.from({ length: 15 }, () => running.person()));
    const times = new Durations<'known' | 'unknown'>();
    for (const member of members) {
      for (const [kind, { email }] of [
        ['known', member],
        ['unknown', aPerson()],
      ] as const) {
        await times.measure(kind, () => auth.requestPasswordReset({ email, address: ADDRESS }));
      }
    }
    // A mail that is sent before the answer takes ten times as long as the rest.
    expect(times.ratio('known', 'unknown')).toBeGreaterThan(1 / 3);
    expect(times.ratio('known', 'unknown')).toBeLessThan(3);
  });

  it('ignores the Host header', async () => {
    const person = await running.person();
    const { port } = new URL(running.issuer);
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const sent = httpRequest({ host: '127.0.0.1', port, path: '/forgot-password', method: 'POST', headers });
    sent.end(new URLSearchParams({ email: person.email }).toString());
    const [response] = (await once(sent, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(200);
    expect((await running.linkTo(person.email)).origin).toBe(running.issuer);
    expect(JSON.stringify(await running.mailsTo(person.email))).not.toContain('evil.example');
  });

  it.each([
    ['no address', { email: 'x' }, 'email'],
    ['no IP address', { address: 'x' }, 'address'],
  ])('is refused with %s', async (_, bad, field) => {
    const refused = (await running.authAs()).requestPasswordReset({ email: aPerson().email, address: ADDRESS, ...bad });
    await expect(refused).rejects.toMatchObject({ reason: 'INVALID_FIELD', violations: [{ field }] });
  });
});
