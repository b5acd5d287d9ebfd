import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CertificateWatch } from '@reputable/auth';
import { TestAuthority } from '@reputable/auth/testing';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { followRoots } from './https-roots.ts';

const TRUST_DOMAIN = 'acme.example';

const trustedAtStart = tls.getCACertificates('default');

let former: TestAuthority;
let next: TestAuthority;
let folder: string;
let watch: CertificateWatch;
const servers: Server[] = [];

beforeAll(async () => {
  jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  [former, next] = await Promise.all([TestAuthority.start(TRUST_DOMAIN), TestAuthority.start(TRUST_DOMAIN)]);
  folder = await former.folderOf('post');
  watch = await CertificateWatch.open({ folder, service: 'post', trustDomain: TRUST_DOMAIN });
});
afterAll(async () => {
  watch.close();
  for (const server of servers) server.close();
  await Promise.all([former.stop(), next.stop()]);
  tls.setDefaultCACertificates(trustedAtStart);
  jest.restoreAllMocks();
});

/** An HTTPS server with a certificate of this authority. Returns its URL. */
async function serve(authority: TestAuthority): Promise<string> {
  const [key, cert] = await Promise.all(['tls.key', 'tls.crt'].map(async (name) => readFile(join(await authority.folderOf('auth'), name))));
  const server = createServer({ key, cert }, (_request, response) => response.setHeader('connection', 'close').end('yes'));
  servers.push(server);
  await once(server.listen(0), 'listening');
  return `https://localhost:${String((server.address() as AddressInfo).port)}`;
}

const rootOf = async (authority: TestAuthority) => readFile(join(await authority.folderOf('post'), 'ca.crt'), 'utf8');

const answerOf = async (url: string) => {
  try {
    return await (await fetch(url)).text();
  } catch {
    return 'not trusted';
  }
};

it('lets requests by HTTPS trust a new root, and a removed one no more', async () => {
  const [ofFormer, ofNext, formerRoot] = [await serve(former), await serve(next), await rootOf(former)];
  // As if NODE_EXTRA_CA_CERTS had the root, and another one.
  tls.setDefaultCACertificates([...trustedAtStart, formerRoot]);
  followRoots(watch, [formerRoot]);
  const trusted = async () => [await answerOf(ofFormer), await answerOf(ofNext)];
  expect(await trusted()).toEqual(['yes', 'not trusted']);

  for (const name of ['tls.key', 'tls.crt', 'ca.crt']) await copyFile(join(await next.folderOf('post'), name), join(folder, name));
  await watch.reload();
  expect(await trusted()).toEqual(['not trusted', 'yes']);
  expect(tls.getCACertificates('default').length).toBeGreaterThan(tls.getCACertificates('bundled').length);
});

it('changes nothing without a root of ca.crt in NODE_EXTRA_CA_CERTS', async () => {
  const before = tls.getCACertificates('default');
  const other = await TestAuthority.start(TRUST_DOMAIN);
  const identity = await other.identityOf('post');
  followRoots(identity, [await rootOf(former)]);
  await writeFile(join(await other.folderOf('post'), 'ca.crt'), `${await rootOf(other)}\n${await rootOf(former)}`);
  await identity.reload();
  expect(tls.getCACertificates('default')).toEqual(before);
  await other.stop();
});
