import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { linksIn, type Mail } from '@reputable/mailbox';
import { eventually, query } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { type AccountWorld, type Member, sharedAccountWorld } from './account.fixture.ts';

const PATH = '/account/email';

/** How long a test waits for a mail, in milliseconds. */
const MAIL_MS = 20_000;

let running: AccountWorld;
let ada: Member;

beforeAll(async () => {
  running = await sharedAccountWorld();
});
beforeEach(async () => {
  ada = await running.member();
});

/** Waits for a mail to the address. */
async function mailTo(email: string): Promise<Mail> {
  const mailbox = await running.world.mailbox();
  return eventually(() => {
    const [mail] = mailbox.mailsTo(email);
    if (!mail) throw new Error(`No mail to ${email}.`);
    return mail;
  }, MAIL_MS);
}

const change = (newEmail: string, password = ada.password) => ada.browser.submit(PATH, { new_email: newEmail, current_password: password });

describe('the e-mail address', () => {
  it('is changed with the current password: the page leads users without one to the page of the password', async () => {
    expect((await ada.browser.open(PATH)).text).toContain('<a href="/account/password">Forgot your password, or never had one?</a>');
  });

  it('is shown, and verified by a link', async () => {
    expect((await ada.browser.open(PATH)).text).toContain(`<strong>${ada.email}</strong> is not verified.`);
    const { status, text } = await ada.browser.submit(`${PATH}/verify`);
    expect(status).toBe(200);
    expect(text).toContain('role="status">The link is on its way. Use it within 15 minutes.</p>');
    expect(linksIn(await mailTo(ada.email))).toHaveLength(1);
    await query(running.auth.databaseUrl, 'UPDATE account SET email_verified_at = now() WHERE id = $1', [ada.id]);
    const verified = await ada.browser.open(PATH);
    expect(verified.text).toContain(`<strong>${ada.email}</strong> is verified.`);
    expect(verified.text).not.toContain(`${PATH}/verify`);
  });

  it('is changed by a link to the new address, and shown unchanged until then', async () => {
    const newEmail = `${randomUUID()}@example.com`;
    const { status, text } = await change(newEmail);
    expect(status).toBe(200);
    expect(text).toContain(`role="status">A mail is on its way to ${newEmail}. Use its link within 15 minutes.</p>`);
    expect(text).toContain(`<strong>${ada.email}</strong>`);
    expect(linksIn(await mailTo(newEmail))).toHaveLength(1);
  });

  it('can be asked to become that of another account: the page says the same', async () => {
    const { email } = await running.member();
    expect((await change(email)).text).toContain(`A mail is on its way to ${email}.`);
    expect(linksIn(await mailTo(email))).toEqual([]);
  });

  it.each<[string, () => ReturnType<typeof change>, string, string]>([
    [
      'an address that is none',
      () => change('ada <b>'),
      'new_email',
      'New e-mail address: Must be an e-mail address of 254 characters at most.',
    ],
    ['a wrong password', () => change('ada@example.com', 'canary'), 'current_password', 'Current password: This is not your password.'],
    ['no password', () => change('ada@example.com', ''), 'current_password', 'Current password: Must have 1 to 128 characters.'],
  ])('is not changed with %s: the page names the field, and keeps the address alone', async (_what, submit, field, message) => {
    const { status, title, text } = await submit();
    expect([status, title]).toEqual([422, 'Error: E-mail address']);
    expect(text).toContain(`<a href="#${field}">${message}</a>`);
    expect(text).toMatch(new RegExp(`id="${field}"[^>]*aria-invalid="true" aria-describedby="problem" autofocus`));
    expect(text).toMatch(/value="ada( &lt;b&gt;)?(@example\.com)?"/);
    expect(text).not.toContain('canary');
  });

  it('gets no more than a few mails', async () => {
    for (let mail = 1; mail <= 3; mail += 1) expect((await ada.browser.submit(`${PATH}/verify`)).status).toBe(200);
    const { status, headers, text } = await ada.browser.submit(`${PATH}/verify`);
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(text).toContain('<p>Too many attempts.');
  });

  it('is neither verified nor changed for a page of another site (A18)', async () => {
    const foreign = { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-site' };
    const fields = { new_email: 'thief@example.com', current_password: ada.password };
    expect((await ada.browser.submit(PATH, fields, foreign)).status).toBe(403);
    expect((await ada.browser.submit(`${PATH}/verify`, {}, foreign)).status).toBe(403);
  });
});
