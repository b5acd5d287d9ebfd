import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Authority, openAuthority } from './authority.ts';
import type { Leaf } from './leaf.ts';

const HOUR = 3_600_000;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pki-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const material = async (leaf: Leaf) => ({
  cert: await readFile(join(leaf.dir, 'tls.crt')),
  key: await readFile(join(leaf.dir, 'tls.key')),
  ca: await readFile(join(leaf.dir, 'ca.crt')),
});
const revocationLists = async (path: string) =>
  (await readFile(path, 'utf8')).split(/(?<=-----END X509 CRL-----\n)/).filter((pem) => pem.includes('BEGIN'));

/** Does something when it is later, by the clock of this process. */
async function inDays(days: number, work: () => Promise<unknown>): Promise<void> {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + days * 24 * HOUR });
  await work().finally(() => mock.timers.reset());
}

/**
 * Both sides check each other over TLS 1.3, as the services do. Resolves to the names that each side saw of the other;
 * rejects with what one side held against the other.
 */
async function handshake(server: Leaf, client: Leaf, crl?: string[]) {
  // Refusals are read here and not left to TLS, which tells the refused side nothing but that the line is cut.
  const both = { minVersion: 'TLSv1.3', rejectUnauthorized: false, ...(crl && { crl }) } as const;
  const listener = createServer({ ...both, ...(await material(server)), requestCert: true });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ ...both, ...(await material(client)), host: 'localhost', port });
  try {
    const [[peer]] = (await Promise.all([once(listener, 'secureConnection'), once(socket, 'secureConnect')])) as [[TLSSocket], []];
    const ends = [socket, peer];
    const refusal = ends.find((end) => !end.authorized);
    if (refusal) throw new Error(String(refusal.authorizationError));
    return ends.map((end) => end.getPeerCertificate().subjectaltname);
  } finally {
    socket.destroy();
    listener.close();
  }
}

describe('the authority', () => {
  it('gives a service a certificate that names it, for 24 hours, for both ends of a connection', async () => {
    const { certificate, dir: folder } = await (await openAuthority(dir)).issue('post');
    expect(certificate.subjectAltName).toBe('URI:spiffe://reputable.local/post, DNS:post, DNS:localhost, IP Address:127.0.0.1');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
    expect(certificate.ca).toBe(false);
    expect(certificate.validToDate.getTime()).toBeLessThanOrEqual(Date.now() + 24 * HOUR);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(folder).toBe(join(dir, 'post'));
  });

  it('makes certificates that pass TLS 1.3, both ways, with the intermediate sent along', async () => {
    const authority = await openAuthority(dir);
    const [post, user] = [await authority.issue('post'), await authority.issue('user')];
    await expect(handshake(post, user)).resolves.toEqual([
      expect.stringContaining('URI:spiffe://reputable.local/post'),
      expect.stringContaining('URI:spiffe://reputable.local/user'),
    ]);
  });

  it.each([
    ['of another authority', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', async () => (await openAuthority(join(dir, 'other'))).issue('user')],
    [
      'expired',
      'CERT_HAS_EXPIRED',
      async () => (await openAuthority(dir)).issue('user', undefined, { notAfter: new Date(Date.now() - 1000) }),
    ],
    [
      'not yet valid',
      'CERT_NOT_YET_VALID',
      async () => (await openAuthority(dir)).issue('user', undefined, { notBefore: new Date(Date.now() + HOUR) }),
    ],
    ['for servers only', 'INVALID_PURPOSE', async () => (await openAuthority(dir)).issue('user', undefined, { eku: ['server'] })],
  ])('makes certificates for tests that are refused: %s', async (_, why, make) => {
    const post = await (await openAuthority(dir)).issue('post');
    await expect(handshake(post, await make())).rejects.toThrow(why);
  });

  it('puts names of a test in place of the true ones', async () => {
    const authority = await openAuthority(dir);
    const uris = ['spiffe://reputable.local/auth', 'spiffe://evil.example/auth'];
    const { certificate } = await authority.issue('auth', join(dir, 'bad'), { uris, dnsNames: [] });
    expect(certificate.subjectAltName).toBe(`${uris.map((uri) => `URI:${uri}`).join(', ')}, IP Address:127.0.0.1`);
  });

  it('keeps its root when opened again, and says what its trust domain is', async () => {
    const first = await openAuthority(dir);
    const again = await openAuthority(dir, { trustDomain: 'example.org' });
    expect(again.rootPem).toBe(first.rootPem);
    expect((await again.issue('post')).certificate.subjectAltName).toContain('URI:spiffe://example.org/post');
  });

  it('is created once by many who open it at the same time', async () => {
    const roots = await Promise.all(Array.from({ length: 8 }, async () => (await openAuthority(dir)).rootPem));
    expect(new Set(roots).size).toBe(1);
    expect(await readdir(dir)).toEqual(['ca']);
  });

  it('lets nobody else read keys', async () => {
    const leaf = await (await openAuthority(dir)).issue('post');
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(join(leaf.dir, 'tls.key'))).toBe('600');
    expect(await mode(leaf.dir)).toBe('700');
    expect(await mode(join(dir, 'ca', 'root.key'))).toBe('600');
    expect(await mode(join(dir, 'ca'))).toBe('700');
    expect(await readdir(leaf.dir)).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  });

  it.each(['../post', 'ca', 'Post', ''])('refuses "%s" as the name of a service', async (name) => {
    await expect((await openAuthority(dir)).issue(name)).rejects.toThrow('cannot be the name of a service');
  });
});

describe('a damaged authority', () => {
  it.each(['root.crt', 'root.key', 'issuing.crt', 'issuing.key'])('says that %s is missing', async (name) => {
    await openAuthority(dir);
    await rm(join(dir, 'ca', name));
    await expect(openAuthority(dir)).rejects.toThrow(`${join(dir, 'ca', name)} is missing.`);
  });

  it('says which file holds rubbish', async () => {
    await openAuthority(dir);
    await writeFile(join(dir, 'ca', 'issuing.crt'), 'rubbish');
    await expect(openAuthority(dir)).rejects.toThrow(`${join(dir, 'ca', 'issuing.crt')} does not hold a certificate.`);
  });

  it('says which key is not the key of its certificate', async () => {
    await openAuthority(dir);
    await copyFile(join(dir, 'ca', 'issuing.key'), join(dir, 'ca', 'root.key'));
    await expect(openAuthority(dir)).rejects.toThrow(`${join(dir, 'ca', 'root.key')} is not the key of root.crt.`);
  });

  it('does not take an intermediate of somebody else', async () => {
    const other = join(dir, 'other');
    await openAuthority(dir);
    await openAuthority(other);
    for (const name of ['issuing.crt', 'issuing.key']) await copyFile(join(other, 'ca', name), join(dir, 'ca', name));
    await expect(openAuthority(dir)).rejects.toThrow('is not signed by root.crt.');
  });
});

describe('renewal', () => {
  it('leaves a certificate alone in the first half of its life', async () => {
    const authority = await openAuthority(dir);
    const first = await authority.ensure('post');
    const second = await (await openAuthority(dir)).ensure('post');
    expect([first.renewed, second.renewed]).toEqual([true, false]);
    expect(second.certificate.serialNumber).toBe(first.certificate.serialNumber);
  });

  it.each([
    ['past half of its life', { notBefore: new Date(Date.now() - 13 * HOUR), notAfter: new Date(Date.now() + 11 * HOUR) }],
    ['with another name', { uris: ['spiffe://reputable.local/user'] }],
  ])('replaces one %s', async (_, overrides) => {
    const authority = await openAuthority(dir);
    await authority.issue('post', undefined, overrides);
    expect((await authority.ensure('post')).renewed).toBe(true);
    expect((await authority.ensure('post')).renewed).toBe(false);
  });

  it('replaces one of a root that is no more, and one whose key is lost', async () => {
    await (await openAuthority(dir)).ensure('post');
    await rm(join(dir, 'ca'), { recursive: true });
    const authority = await openAuthority(dir);
    expect((await authority.ensure('post')).renewed).toBe(true);
    await rm(join(dir, 'post', 'tls.key'));
    expect((await authority.ensure('post')).renewed).toBe(true);
  });
});

describe('revocation', () => {
  const listOf = (service: string) => readFile(join(dir, service, 'crl.pem'), 'utf8');

  it('is seen by who checks the list, for the revoked certificate alone', async () => {
    const authority = await openAuthority(dir);
    const [post, user, comment] = [await authority.issue('post'), await authority.issue('user'), await authority.issue('comment')];
    await authority.revoke('user');
    const lists = await revocationLists(authority.revocationList);
    await expect(handshake(post, comment, lists)).resolves.toHaveLength(2);
    await expect(handshake(post, user, lists)).rejects.toThrow('CERT_REVOKED');
    expect([await authority.isRevoked(user), await authority.isRevoked(comment)]).toEqual([true, false]);
  });

  it('puts the list beside the certificate of every service, also of those that come later', async () => {
    const authority = await openAuthority(dir);
    await Promise.all(['post', 'user'].map((service) => authority.issue(service)));
    expect(existsSync(join(dir, 'user', 'crl.pem'))).toBe(false);
    await authority.revoke('post');
    await authority.issue('comment');
    const list = await readFile(authority.revocationList, 'utf8');
    expect(await Promise.all(['post', 'user', 'comment'].map(listOf))).toEqual([list, list, list]);
  });

  it('loses nobody, however many revoke and renew at once', async () => {
    const names = Array.from({ length: 6 }, (_, i) => `service${i}`);
    const leaves = await Promise.all(names.map(async (name) => (await openAuthority(dir)).issue(name)));
    await Promise.all(
      names
        .flatMap((name) => [async (it: Authority) => it.revoke(name), async (it: Authority) => it.ensure(name)])
        .map(async (act) => act(await openAuthority(dir))),
    );
    const authority = await openAuthority(dir);
    expect(await Promise.all(leaves.map((leaf) => authority.isRevoked(leaf)))).toEqual(names.map(() => true));
    expect(await readdir(dir)).toEqual(['ca', ...names]);
  });

  it('lasts, whatever makes sure of certificates, until one is asked for', async () => {
    const authority = await openAuthority(dir);
    await authority.issue('post', undefined, { notBefore: new Date(Date.now() - 13 * HOUR), notAfter: new Date(Date.now() + 11 * HOUR) });
    const revoked = await authority.revoke('post');
    await authority.roll({ pause: 0 });
    await authority.finishRoll({ after: 0 });
    expect(await authority.ensure('post')).toMatchObject({ renewed: false });
    expect(await authority.isRevoked(await authority.find('post'))).toBe(true);
    expect(await authority.renew('post')).toMatchObject({ renewed: true });
    expect(await authority.renew('post')).toMatchObject({ renewed: false });
    expect(await authority.isRevoked(await authority.find('post'))).toBe(false);
    expect(await authority.isRevoked(revoked)).toBe(true);
  });

  it('is signed again when half of the life of the list is over, with all that it says', async () => {
    const authority = await openAuthority(dir);
    const user = await authority.issue('user');
    await authority.issue('post');
    await authority.revoke('user');
    const first = await listOf('post');
    await authority.ensure('post');
    expect(await listOf('post')).toBe(first);
    await inDays(4, () => authority.ensure('post'));
    expect(await listOf('post')).not.toBe(first);
    expect(await authority.isRevoked(user)).toBe(true);
  });

  it('is not forgotten because the list is damaged', async () => {
    const authority = await openAuthority(dir);
    await authority.issue('post');
    await authority.revoke('post');
    await writeFile(authority.revocationList, 'rubbish');
    const message = `${authority.revocationList} does not hold a revocation list.`;
    await expect(authority.ensure('post')).rejects.toThrow(message);
    await expect(authority.revoke('post')).rejects.toThrow(message);
  });
});

describe('a roll', () => {
  const rootsOf = async (service: string) =>
    (await readFile(join(dir, service, 'ca.crt'), 'utf8')).split(/(?<=-----END CERTIFICATE-----\n)/);

  it('trusts the new root first, issues under it then, and forgets the old one last', async () => {
    const authority = await openAuthority(dir);
    const [post, old] = [await authority.issue('post'), await authority.issue('user', join(dir, '.old'))];
    const [oldRoot] = await rootsOf('post');
    expect(await authority.finishRoll({ after: 0 })).toBe(false);

    const rolled = authority.roll({ pause: 1_500 });
    while ((await rootsOf('post')).length === 1) await sleep(5);
    expect(await authority.find('post')).toMatchObject({ certificate: { serialNumber: post.certificate.serialNumber } });
    expect((await rootsOf('post'))[0]).toBe(oldRoot);
    await rolled;

    // Who has read the new trust talks to who has not been given a new certificate, and the other way round.
    await copyFile(join(dir, 'post', 'ca.crt'), join(old.dir, 'ca.crt'));
    const renewed = await authority.find('post');
    expect(renewed.certificate.serialNumber).not.toBe(post.certificate.serialNumber);
    await expect(handshake(renewed, old)).resolves.toHaveLength(2);
    await expect(handshake(old, renewed)).resolves.toHaveLength(2);

    expect(await authority.finishRoll({ after: HOUR })).toBe(false);
    expect(await authority.finishRoll({ after: 0 })).toBe(true);
    expect(await rootsOf('post')).toEqual([authority.rootPem]);
    expect(authority.rootPem).not.toBe(oldRoot);
    await expect(handshake(renewed, old)).rejects.toThrow('UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    expect((await readdir(join(dir, 'ca'))).sort()).toEqual(['issuing.crt', 'issuing.key', 'root.crt', 'root.key']);
    expect(await (await openAuthority(dir)).ensure('post')).toMatchObject({ renewed: false });
  });

  it('keeps the list of the revoked, for who trusts the old root and for who trusts the new one', async () => {
    const authority = await openAuthority(dir);
    const [post, user] = [await authority.issue('post', join(dir, '.old')), await authority.issue('user')];
    await authority.revoke('user');
    await authority.issue('post');
    await authority.roll({ pause: 0 });
    await expect(handshake(post, user, await revocationLists(authority.revocationList))).rejects.toThrow('CERT_REVOKED');
    await authority.finishRoll({ after: 0 });
    expect(await authority.isRevoked(user)).toBe(true);
    const comment = await authority.issue('comment');
    await expect(handshake(await authority.find('post'), comment, await revocationLists(authority.revocationList))).resolves.toHaveLength(
      2,
    );
  });

  it('that was interrupted goes on where it was', async () => {
    await (await openAuthority(dir)).issue('post');
    const [oldRoot] = await rootsOf('post');
    await Promise.all([(await openAuthority(dir)).roll({ pause: 0 }), (await openAuthority(dir)).roll({ pause: 0 })]);
    const [first, second, ...more] = await rootsOf('post');
    expect([first, more]).toEqual([oldRoot, []]);

    // As if it had died at the end, between two files.
    await writeFile(join(dir, 'ca', 'next', 'phase'), 'final');
    await copyFile(join(dir, 'ca', 'next', 'root.key'), join(dir, 'ca', 'root.key'));
    const authority = await openAuthority(dir);
    await authority.ensure('post');
    expect(await rootsOf('post')).toEqual([second]);
    expect(authority.rootPem).toBe(second);
  });

  it('is not over while a service has a certificate of the old root', async () => {
    const authority = await openAuthority(dir);
    const { dir: folder } = await authority.issue('post');
    const files = await Promise.all(['tls.key', 'tls.crt'].map(async (name) => [name, await readFile(join(folder, name))] as const));
    await authority.roll({ pause: 0 });
    for (const [name, file] of files) await writeFile(join(folder, name), file);
    expect(await authority.finishRoll({ after: 0 })).toBe(false);
    await authority.ensure('post');
    expect(await authority.finishRoll({ after: 0 })).toBe(true);
  });
});

describe('the issuing certificate', () => {
  it('is renewed for the same key, so that what it has signed stays good', async () => {
    const authority = await openAuthority(dir);
    const user = await authority.issue('user');
    await authority.revoke('user');
    const key = await readFile(join(dir, 'ca', 'issuing.key'), 'utf8');
    const certificate = await readFile(join(dir, 'ca', 'issuing.crt'), 'utf8');
    await inDays(200, async () => {
      expect(await authority.ensure('post')).toMatchObject({ renewed: true });
    });
    expect(await readFile(join(dir, 'ca', 'issuing.crt'), 'utf8')).not.toBe(certificate);
    expect(await readFile(join(dir, 'ca', 'issuing.key'), 'utf8')).toBe(key);
    expect(await authority.isRevoked(user)).toBe(true);
  });
});
