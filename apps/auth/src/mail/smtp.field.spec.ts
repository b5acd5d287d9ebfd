import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@reputable/service';
import { z } from 'zod';
import { sender, smtpUrl } from './smtp.field.ts';

const Settings = z.object({ SMTP_URL: smtpUrl(), MAIL_FROM: sender() });
const MAIL_FROM = 'no-reply@example.com';
const read = (SMTP_URL: string | undefined, from: string | undefined = MAIL_FROM) => readConfig(Settings, { SMTP_URL, MAIL_FROM: from });

describe('SMTP_URL', () => {
  it.each([
    ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, secure: true, isLocal: false, auth: undefined }],
    ['smtp://mail.example.com/', { port: 587, secure: false, isLocal: false }],
    ['smtp://[::1]:1025', { host: '::1', port: 1025, isLocal: true }],
    ['smtp://localhost:1025', { host: 'localhost', port: 1025, isLocal: true }],
    ['smtps://me%40example.com:p%2Fw@mail.example.com', { auth: { user: 'me@example.com', pass: 'p/w' } }],
  ])('is the address of a server: %s', (url, server) => {
    expect(read(url).SMTP_URL).toMatchObject(server);
  });

  it.each([
    ['missing', undefined, 'is missing: the SMTP server'],
    ['empty', '', 'is empty: the SMTP server'],
    ['no URL', 'mail.example.com', 'must be an SMTP URL'],
    ['of another protocol', 'https://user:hunter2@mail.example.com', 'must be an SMTP URL'],
    ['one with options, which could turn TLS off', 'smtp://user:hunter2@mail.example.com?ignoreTLS=true', 'must be an SMTP URL'],
    ['one without a host', 'smtp:mail', 'must be an SMTP URL'],
  ])('is refused if it is %s, and not shown', (_, url, says) => {
    expect(() => read(url)).toThrow(`SMTP_URL ${says}`);
    expect(() => read(url)).not.toThrow('hunter2');
  });
});

describe('MAIL_FROM', () => {
  it.each(['no-reply@example.com', 'Reputable <no-reply@example.com>'])('is an address: %s', (from) => {
    expect(read('smtp://localhost', from).MAIL_FROM).toBe(from);
  });

  it.each([['Reputable'], ['a@example.com, b@example.com'], ['Reputable <a@example.com>\r\nBcc: b@example.com']])(
    'is refused: %j',
    (from) => {
      expect(() => read('smtp://localhost', from)).toThrow('MAIL_FROM must be an e-mail address');
    },
  );

  it('is named if it is missing', () => {
    expect(() => readConfig(Settings, { SMTP_URL: 'smtp://localhost' })).toThrow('MAIL_FROM is missing: the sender of mails');
  });
});
