import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { randomUUID } from 'node:crypto';
import { linksIn, type Mail } from './mail.ts';
import { Mailbox } from './mailbox.ts';
import { REJECTED_DOMAIN } from './smtp.ts';

let mailbox: Mailbox;
let to: string;

beforeAll(async () => {
  mailbox = await Mailbox.start();
});
afterAll(() => mailbox.stop());
beforeEach(() => {
  to = `${randomUUID()}@example.com`;
});

const send = (more: object = {}, transport = createTransport(mailbox.smtpUrl)) =>
  transport.sendMail({
    from: 'Reputable <no-reply@example.com>',
    to,
    subject: 'Hello',
    text: 'Open this:\n\nhttp://localhost:3001/a?b=c\n',
    html: '<p>Hello <b>you</b></p>',
    ...more,
  });

const page = async (path: string) => {
  const response = await fetch(new URL(path, mailbox.url));
  return { status: response.status, policy: response.headers.get('content-security-policy'), text: await response.text() };
};

const received = (): Mail => {
  const [mail] = mailbox.mailsTo(to);
  if (!mail) throw new Error(`No mail to ${to}.`);
  return mail;
};

describe('the mailbox', () => {
  it('keeps a mail with its text, its HTML and its recipients', async () => {
    await send({ bcc: 'hidden@example.com' });
    expect(received()).toMatchObject({
      from: '"Reputable" <no-reply@example.com>',
      to: [to, 'hidden@example.com'],
      subject: 'Hello',
      html: '<p>Hello <b>you</b></p>',
    });
    expect(linksIn(received())).toEqual(['http://localhost:3001/a?b=c']);
  });

  it('shows it in a list, on a page with links, and as JSON', async () => {
    await send();
    const { id } = received();
    expect((await page('/')).text).toContain(`<a href="/mails/${id}">Hello</a>`);
    expect((await page(`/mails/${id}`)).text).toContain('<a href="http://localhost:3001/a?b=c">http://localhost:3001/a?b=c</a>');
    const json = JSON.parse((await page(`/mails.json?to=${to}`)).text) as object[];
    expect(json).toMatchObject([{ id, to: [to], subject: 'Hello' }]);
  });

  it('escapes text, and shows HTML in a sandbox without scripts', async () => {
    await send({ subject: '<script>1</script>', text: '<script>2</script>', html: '<script>3</script>' });
    const { id } = received();
    for (const path of ['/', `/mails/${id}`]) expect((await page(path)).text).not.toContain('<script>');
    const { policy, text } = await page(`/mails/${id}/html`);
    expect(text).toBe('<script>3</script>');
    expect(policy).toMatch(/^default-src 'none'; .*; sandbox$/);
  });

  it('keeps the latest 100', async () => {
    // By one connection.
    const transport = createTransport(`${mailbox.smtpUrl}/?pool=true&maxConnections=1`);
    for (let i = 0; i < 101; i += 1) await send({ subject: String(i) }, transport);
    transport.close();
    expect(mailbox.mails).toHaveLength(100);
    expect(mailbox.mails.map(({ subject }) => subject)).toEqual(Array.from({ length: 100 }, (_, i) => String(100 - i)));
  });

  it('answers 404 for a mail that it does not have', async () => {
    expect((await page('/mails/x')).status).toBe(404);
    expect((await page('/mails/x/html')).status).toBe(404);
  });

  it('rejects mail to one domain', async () => {
    await expect(send({ to: `somebody@${REJECTED_DOMAIN}` })).rejects.toMatchObject({ responseCode: 550 });
  });
});
