import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { query } from '@reputable/testing';
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** A person with a link to reset the password. */
async function aLink(): Promise<{ person: Person; link: URL }> {
  const person = await running.person();
  await (await running.authAs()).requestPasswordReset({ email: person.email, address: ADDRESS });
  return { person, link: await running.linkTo(person.email) };
}

/** Uses a link, and returns the status. */
async function use(link: URL, password = NEW): Promise<number> {
  const body = new URLSearchParams({ password, again: password });
  return (await fetch(link, { method: 'POST', body, headers: { 'sec-fetch-site': 'same-origin', accept: 'text/html' } })).status;
}

const alter = (link: URL, set: string) =>
  query(running.auth.databaseUrl, `UPDATE one_time_link SET ${set} WHERE token_hash = sha256($1::bytea) RETURNING id`, [
    link.pathname.split('/').at(-1),
  ]);

const logIn = async (person: Person, password: string) => (await running.authAs()).logIn({ ...person, password });

describe('a one-time link (A16)', () => {
  it('has one success of 20 parallel uses', async () => {
    const { person, link } = await aLink();
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, i) => use(link, `${NEW} ${String(i)}`)));
    const won = statuses.flatMap((status, i) => (status === 200 ? [i] : []));
    expect(won).toHaveLength(1);
    expect(statuses.filter((status) => status === 410)).toHaveLength(19);
    await logIn(person, `${NEW} ${String(won[0])}`);
  });

  it('cannot be used again', async () => {
    const { person, link } = await aLink();
    expect(await use(link)).toBe(200);
    expect(await use(link, 'a third horse battery')).toBe(410);
    expect((await running.browser().open(link)).status).toBe(410);
    await logIn(person, NEW);
  });

  it('cannot be used a second after it expired', async () => {
    const { link } = await aLink();
    expect(await alter(link, "expires_at = now() + interval '1 second'")).toHaveLength(1);
    await sleep(2_000);
    expect(await use(link)).toBe(410);
    await alter(link, "expires_at = now() + interval '1 minute'");
    expect(await use(link)).toBe(200);
  });

  it('is valid for 15 minutes', async () => {
    const { link } = await aLink();
    const [row] = await alter(link, 'used_at = NULL');
    const lives = 'SELECT extract(epoch FROM expires_at - now())::float8 AS seconds FROM one_time_link WHERE id = $1';
    const [{ seconds } = { seconds: NaN }] = await query<{ seconds: number }>(running.auth.databaseUrl, lives, [
      (row as { id: string }).id,
    ]);
    expect(seconds).toBeGreaterThan(14 * 60);
    expect(seconds).toBeLessThanOrEqual(15 * 60);
  });

  it('cannot be used for another purpose', async () => {
    const { link } = await aLink();
    await alter(link, "purpose = 'verify_email'");
    expect(await use(link)).toBe(410);
    await alter(link, "purpose = 'reset_password'");
    expect(await use(link)).toBe(200);
  });

  it('is not used up by whoever only opens it', async () => {
    const { link } = await aLink();
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200);
    expect(await use(link)).toBe(200);
  });

  it('is not valid with another token, and an odd one is no error', async () => {
    const { link } = await aLink();
    for (const token of ['x', 'A'.repeat(43), '%00', `${link.pathname.split('/').at(-1) ?? ''}=`]) {
      expect(await use(new URL(`/reset-password/${token}`, link))).toBe(410);
    }
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
    const turns = 15;
    const auth = await running.authAs();
    const members = await Promise.all(Array.from({ length: turns }, () => running.person()));
    const times = { known: [] as number[], unknown: [] as number[] };
    for (const member of members) {
      for (const [kind, { email }] of [
        ['known', member],
        ['unknown', aPerson()],
      ] as const) {
        const begun = performance.now();
        await auth.requestPasswordReset({ email, address: ADDRESS });
        times[kind].push(performance.now() - begun);
      }
    }
    const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(turns / 2)] ?? NaN;
    // A mail that is sent before the answer takes ten times as long as the rest.
    expect(median(times.known) / median(times.unknown)).toBeGreaterThan(1 / 3);
    expect(median(times.known) / median(times.unknown)).toBeLessThan(3);
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
