import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Authority, openAuthority } from '@reputable/pki';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  it('takes good material', async () => {
    expect((await open()).fault).toBeUndefined();
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a list of revoked certificates that is no PEM',
      () => writeFile(join(folder, 'crl.pem'), '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'),
      /crl\.pem cannot be used/,
    ],
    ['a list of another CA', () => listOfAnother(), /crl\.pem cannot be used: The list of .* is not signed by a CA of ours/],
    ['a missing file', () => rm(join(folder, 'tls.key')), /tls\.key cannot be read \(ENOENT\)/],
    ['a file that is no PEM', () => writeFile(join(folder, 'tls.crt'), 'nonsense'), /tls\.crt is not valid PEM/],
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

/** Puts a key beside a certificate that it is not for. */
async function otherKey(): Promise<void> {
  const other = join(home, 'other');
  await authority.issue('post', other);
  await writeFile(join(folder, 'tls.key'), await readFile(join(other, 'tls.key')));
}

/** Puts a list that somebody else has signed beside the certificate. */
async function listOfAnother(): Promise<void> {
  const other = await openAuthority(join(home, 'elsewhere'));
  await other.issue('post');
  await other.revoke('post');
  await copyFile(other.revocationList, join(folder, 'crl.pem'));
}

describe('while running', () => {
  it('tells of new material, and only of new', async () => {
    const told: Buffer[] = [];
    (await open()).addIdentityCertificateListener((update) => update && told.push(update.certificate));
    await watch?.reload();
    await new Promise((resolve) => process.nextTick(resolve));
    await authority.issue('post', folder);
    await watch?.reload();
    await watch?.reload();
    expect(told).toHaveLength(2);
    expect(told[0]?.equals(told[1] as Buffer)).toBe(false);
  });

  it('keeps the last good material, says what is wrong with the new once it is not just half written, and recovers', async () => {
    const told: unknown[] = [];
    (await open()).addIdentityCertificateListener((update) => told.push(update));
    await new Promise((resolve) => process.nextTick(resolve));
    await otherKey();
    await watch?.reload();
    expect(watch?.fault).toBeUndefined();
    await watch?.reload();
    expect(watch?.fault).toMatch(/tls\.key does not belong/);
    expect(told).toHaveLength(1);
    await authority.issue('post', folder);
    await watch?.reload();
    expect(watch?.fault).toBeUndefined();
    expect(told).toHaveLength(2);
  });
});
