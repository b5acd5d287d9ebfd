import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Authority, openAuthority } from '@reputable/pki';
import { appendFile, copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { CertificateWatch } from './certificate-watch.ts';

const HOUR = 3_600_000;
let home: string;
let folder: string;
let authority: Authority;
let watch: CertificateWatch | undefined;
let count = 0;

const at = (ms: number) => new Date(Date.now() + ms);
const open = async () => (watch = await CertificateWatch.open({ folder, service: 'post', trustDomain: 'reputable.local' }));

beforeAll(async () => {
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  home = await mkdtemp(join(tmpdir(), 'reputable-watch-'));
  authority = await openAuthority(home);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = join(home, `post${(count += 1)}`);
  await authority.issue('post', folder);
});
afterEach(() => watch?.close());

describe('at start', () => {
  it('accepts valid material', async () => {
    expect((await open()).fault).toBeUndefined();
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a list of revoked certificates that is no PEM',
      () => writeFile(join(folder, 'crl.pem'), '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'),
      /crl\.pem cannot be used/,
    ],
    ['a list of another CA', () => listOfAnother(), /crl\.pem cannot be used: The CRL of .* is not signed by a trusted CA/],
    ['a missing file', () => rm(join(folder, 'tls.key')), /tls\.key cannot be read \(ENOENT\)/],
    ['a file that is no PEM', () => writeFile(join(folder, 'tls.crt'), 'nonsense'), /tls\.crt is not valid PEM/],
    ['a certificate of another CA', () => ofAnother(), /tls\.crt is not signed by a CA in ca\.crt/],
    [
      'a bundle of CAs that is cut off',
      () => appendFile(join(folder, 'ca.crt'), '-----BEGIN CERTIFICATE-----\nMIIB'),
      /ca\.crt is not valid PEM/,
    ],
    ['an empty CA', () => writeFile(join(folder, 'ca.crt'), ''), /ca\.crt is not valid PEM/],
    ['a key of another certificate', () => otherKey(), /tls\.key does not belong to tls\.crt/],
    ["another service's certificate", () => authority.issue('auth', folder), /is not for spiffe:\/\/reputable\.local\/post but for/],
    ['an expired certificate', () => authority.issue('post', folder, { notBefore: at(-2 * HOUR), notAfter: at(-HOUR) }), /expired on/],
    [
      'a certificate for later',
      () => authority.issue('post', folder, { notBefore: at(HOUR), notAfter: at(2 * HOUR) }),
      /is not valid before/,
    ],
  ])('refuses %s, naming the file', async (_name, spoil, message) => {
    await spoil();
    await expect(open()).rejects.toThrow(message);
  });
});

/** Replaces the certificate with one of another CA. */
async function ofAnother(): Promise<void> {
  const { dir } = await (await openAuthority(join(home, 'another'))).issue('post');
  for (const name of ['tls.crt', 'tls.key']) await copyFile(join(dir, name), join(folder, name));
}

/** Replaces the key with the key of another certificate. */
async function otherKey(): Promise<void> {
  const other = join(home, 'other');
  await authority.issue('post', other);
  await writeFile(join(folder, 'tls.key'), await readFile(join(other, 'tls.key')));
}

/** Adds a CRL signed by another CA. */
async function listOfAnother(): Promise<void> {
  const other = await openAuthority(join(home, 'elsewhere'));
  await other.issue('post');
  await other.revoke('post');
  await copyFile(other.revocationList, join(folder, 'crl.pem'));
}

describe('while running', () => {
  it('notifies listeners of new material only', async () => {
    const updates: Buffer[] = [];
    (await open()).addIdentityCertificateListener((update) => update && updates.push(update.certificate));
    await watch?.reload();
    await new Promise((resolve) => process.nextTick(resolve));
    await authority.issue('post', folder);
    await watch?.reload();
    await watch?.reload();
    expect(updates).toHaveLength(2);
    expect(updates[0]?.equals(updates[1] as Buffer)).toBe(false);
  });

  it('keeps the last valid material, reports a fault on the second read, and recovers', async () => {
    const updates: unknown[] = [];
    (await open()).addIdentityCertificateListener((update) => updates.push(update));
    await new Promise((resolve) => process.nextTick(resolve));
    await otherKey();
    await watch?.reload();
    expect(watch?.fault).toBeUndefined();
    await watch?.reload();
    expect(watch?.fault).toMatch(/tls\.key does not belong/);
    expect(updates).toHaveLength(1);
    await authority.issue('post', folder);
    await watch?.reload();
    expect(watch?.fault).toBeUndefined();
    expect(updates).toHaveLength(2);
  });
});

describe('over time', () => {
  it.each<[string, number, RegExp]>([
    ['a clock that is ten minutes slow', -600_000, /tls\.crt is not valid before .*; it is /],
    ['a certificate that nobody renews', 20 * HOUR, /tls\.crt expires on .* and has not been renewed/],
    ['a certificate that has ended', 25 * HOUR, /tls\.crt expired on .*; it is /],
  ])('reports the fault: %s', async (_name, ms, message) => {
    await open();
    await later(ms, lookTwice);
    expect(watch?.fault).toMatch(message);
    await lookTwice();
    expect(watch?.fault).toBeUndefined();
  });

  it('notifies listeners when a fault appears and when it is resolved', async () => {
    const updates: (string | undefined)[] = [];
    const stop = (await open()).onFault(() => updates.push(watch?.fault));
    await rm(join(folder, 'tls.key'));
    await lookTwice();
    await lookTwice();
    await authority.issue('post', folder);
    await lookTwice();
    stop();
    await rm(join(folder, 'tls.key'));
    await lookTwice();
    expect(updates).toEqual([expect.stringMatching(/tls\.key cannot be read/), undefined]);
  });
});

describe('the CRL', () => {
  const openOf = async (pki: Authority, service: string) => {
    const { dir } = await pki.ensure(service);
    return (watch = await CertificateWatch.open({ folder: dir, service, trustDomain: 'reputable.local' }));
  };
  let pki: Authority;
  beforeEach(async () => {
    pki = await openAuthority(join(home, `pki${(count += 1)}`));
  });

  it('reaches every service through npm run pki', async () => {
    const user = await openOf(pki, 'user');
    const { certificate } = await pki.issue('post');
    let changes = 0;
    user.onChange(() => (changes += 1));
    await pki.revoke('post');
    await user.reload();
    expect([user.isRevoked(certificate.serialNumber), changes]).toEqual([true, 1]);
    const renewed = await pki.renew('post');
    await user.reload();
    expect([user.isRevoked(renewed.certificate.serialNumber), user.isRevoked(certificate.serialNumber)]).toEqual([false, true]);
    expect(user.fault).toBeUndefined();
  });

  it('prevents the start of a revoked service, and is the fault of a running one', async () => {
    const user = await openOf(pki, 'user');
    await pki.revoke('user');
    await lookTwice();
    expect(user.fault).toMatch(/user\/tls\.crt has been revoked/);
    user.close();
    await expect(openOf(pki, 'user')).rejects.toThrow(/user\/tls\.crt has been revoked/);
  });

  /** Inserts a text after the first occurrence of another one. */
  const damage = async (list: string, after: string, text: string) =>
    writeFile(list, (await readFile(list, 'utf8')).replace(after, `${after}${text}`));

  it.each<[string, (list: string) => Promise<unknown>, RegExp]>([
    ['gone', (list) => rm(list), /crl\.pem is missing; the last CRL stays in use/],
    ['damaged', (list) => writeFile(list, 'nonsense'), /crl\.pem cannot be used: The file contains no CRL/],
    ['cut off', (list) => truncate(list, 900), /crl\.pem cannot be used/],
    [
      'cut off in the last of its lists',
      async (list) => truncate(list, (await stat(list)).size - 40),
      /crl\.pem cannot be used: A part of the file/,
    ],
    ['damaged in one of its lists', (list) => damage(list, 'BEGIN X509 CRL-----\n', '*'), /crl\.pem cannot be used: A part of the file/],
    [
      'without the begin of one of its lists',
      (list) => damage(list, '-----BEGIN X509 CR', ' '),
      /crl\.pem cannot be used: A part of the file/,
    ],
  ])('stays in use when the file is %s, and new certificates are still loaded', async (_name, spoil, message) => {
    const user = await openOf(pki, 'user');
    const { certificate } = await pki.issue('post');
    await pki.revoke('post');
    await user.reload();
    let changes = 0;
    await pki.issue('user');
    user.onChange(() => (changes += 1));
    await spoil(join(pki.dir, 'user', 'crl.pem'));
    await lookTwice();
    expect(user.fault).toMatch(message);
    expect([user.isRevoked(certificate.serialNumber), changes]).toEqual([true, 1]);
  });

  it('past its nextUpdate is a fault: a new one is rejected, the one in use stays in use', async () => {
    await pki.issue('post');
    const outdated = join(home, 'outdated.pem');
    await later(-8 * 24 * HOUR, () => pki.revoke('post'));
    await copyFile(pki.revocationList, outdated);
    const user = await openOf(pki, 'user');
    const { certificate } = await pki.issue('comment');
    await pki.revoke('comment');
    await user.reload();
    await copyFile(outdated, join(pki.dir, 'user', 'crl.pem'));
    await lookTwice();
    expect(user.fault).toMatch(/crl\.pem is out of date: its nextUpdate was 20/);
    expect(user.isRevoked(certificate.serialNumber)).toBe(true);

    await pki.ensure('user');
    await lookTwice();
    expect(user.fault).toBeUndefined();
    await later(8 * 24 * HOUR, lookTwice);
    expect(user.fault).toMatch(/crl\.pem is out of date/);
    expect(user.isRevoked(certificate.serialNumber)).toBe(true);
  });

  it('is valid at every step of a CA rotation', async () => {
    const user = await openOf(pki, 'user');
    const { certificate } = await pki.issue('post');
    await pki.revoke('post');
    const faults: unknown[] = [];
    user.onFault(() => faults.push(user.fault));
    for (const step of [
      () => pki.roll({ pause: 0 }),
      () => pki.issue('user'),
      () => pki.finishRoll({ after: 0 }),
      () => pki.issue('user'),
    ]) {
      await step();
      await lookTwice();
      expect(user.isRevoked(certificate.serialNumber)).toBe(true);
    }
    expect(faults).toEqual([]);
  });
});

const lookTwice = async () => {
  await watch?.reload();
  await watch?.reload();
};

/** Runs `work` with the clock of this process moved by `ms`. */
async function later(ms: number, work: () => Promise<unknown>): Promise<void> {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + ms });
  await work().finally(() => mock.timers.reset());
}
