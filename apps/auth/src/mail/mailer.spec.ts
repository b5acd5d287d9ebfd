import { afterEach, describe, expect, it } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Mailer } from './mailer.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** The subjects of the received mails. */
const received: string[] = [];

async function aServer(options: SMTPServerOptions = {}): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onData: (stream, _session, done) => {
      stream.on('data', (chunk: Buffer) => received.push(chunk.toString()));
      stream.on('end', done);
    },
    ...options,
  });
  server.on('error', () => undefined);
  open.push(() => {
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.server.address() as AddressInfo).port;
}

/** A mailer for a server that counts as another machine, unless `isLocal`. */
function mailer(
  port: number,
  { secure = false, isLocal = false, withoutTls }: { secure?: boolean; isLocal?: boolean; withoutTls?: string } = {},
) {
  const server = { host: '127.0.0.1', port, secure, isLocal, auth: undefined };
  const made = new Mailer({ server, from: 'no-reply@example.com', withoutTls });
  open.push(() => {
    made.onApplicationShutdown();
  });
  return made;
}

const MAIL = {
  to: 'canary@example.com',
  subject: 'Hello',
  before: [],
  link: { url: 'https://auth.example/canary', label: 'Open' },
  after: [],
};

/** The error's text with its cause and stack, as a log might show it. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('sent'),
    (reason: unknown) => reason as Error,
  );
  expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('canary');
  return `${error.name}: ${error.message}`;
}

describe('a mail to another machine', () => {
  it('is not sent without TLS', async () => {
    const port = await aServer({ disabledCommands: ['STARTTLS'] });
    expect(await failure(mailer(port).send(MAIL))).toMatch(/^Error: the SMTP server cannot send mail: ETLS/);
  });

  it.each([
    ['STARTTLS', false],
    ['TLS from the start', true],
  ])('is not sent over %s with a certificate that nobody trusts', async (_, secure) => {
    const port = await aServer({ secure });
    expect(await failure(mailer(port, { secure }).send(MAIL))).toMatch(
      /^Error: the SMTP server cannot send mail: E(TLS|SOCKET|CONNECTION)$/,
    );
    expect(received).toEqual([]);
  });

  it('is sent without TLS if the settings name the host', async () => {
    const port = await aServer({ disabledCommands: ['STARTTLS'] });
    await mailer(port, { withoutTls: '127.0.0.1' }).send(MAIL);
    expect(received.splice(0).join('')).toContain('Subject: Hello');
    expect(await failure(mailer(port, { withoutTls: 'localhost' }).send(MAIL))).toContain('ETLS');
  });
});

describe('a mail', () => {
  it('has the sender, one recipient, and asks machines not to answer', async () => {
    const port = await aServer({ disabledCommands: ['STARTTLS'] });
    await mailer(port, { isLocal: true }).send(MAIL);
    const text = received.splice(0).join('');
    for (const header of ['From: no-reply@example.com', 'To: canary@example.com', 'Auto-Submitted: auto-generated'])
      expect(text).toContain(header);
  });

  it.each([
    ['a rejected recipient', { onRcptTo: 550 }, 'MailRejected: the SMTP server rejected the mail: 550'],
    ['a recipient refused for now', { onRcptTo: 451 }, 'Error: the SMTP server cannot send mail: EENVELOPE 451'],
    ['a sender rejected without a log-in', { onMailFrom: 530 }, 'Error: the SMTP server cannot send mail: EENVELOPE 530'],
  ])('that fails by %s names neither address nor link', async (_, replies, says) => {
    const reply = (status: number | undefined) => (_address: object, _session: object, done: (error?: Error) => void) => {
      done(status === undefined ? undefined : Object.assign(new Error('canary'), { responseCode: status }));
    };
    const { onRcptTo, onMailFrom } = replies as { onRcptTo?: number; onMailFrom?: number };
    const port = await aServer({ disabledCommands: ['STARTTLS'], onRcptTo: reply(onRcptTo), onMailFrom: reply(onMailFrom) });
    expect(await failure(mailer(port, { isLocal: true }).send(MAIL))).toBe(says);
  });

  it('waits for a server that does not answer', async () => {
    expect(await failure(mailer(1, { isLocal: true }).send(MAIL))).toMatch(
      /^Error: the SMTP server cannot send mail: E(SOCKET|CONNECTION)$/,
    );
  });
});
