import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openAuthority } from './authority.ts';
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
  it('is seen by who checks the list, for the revoked certificate alone', async () => {
    const authority = await openAuthority(dir);
    const [post, user, comment] = [await authority.issue('post'), await authority.issue('user'), await authority.issue('comment')];
    await authority.revoke('user');
    const lists = await revocationLists(authority.revocationList);
    await expect(handshake(post, comment, lists)).resolves.toHaveLength(2);
    await expect(handshake(post, user, lists)).rejects.toThrow('CERT_REVOKED');
    expect([await authority.isRevoked(user), await authority.isRevoked(comment)]).toEqual([true, false]);
  });

  it('adds up', async () => {
    const authority = await openAuthority(dir);
    const leaves = [await authority.issue('user'), await authority.issue('comment')];
    for (const { service } of leaves) await authority.revoke(service);
    expect(await Promise.all(leaves.map((leaf) => authority.isRevoked(leaf)))).toEqual([true, true]);
    const renewed = await authority.issue('user');
    expect(renewed.certificate).toBeInstanceOf(X509Certificate);
    expect(await authority.isRevoked(renewed)).toBe(false);
  });
});
