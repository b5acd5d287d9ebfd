import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Authority } from '@reputable/pki';
import { issueCertificates, renewCertificates } from './certificates.ts';

let dir: string;
let pki: Authority;
let stop: () => Promise<void>;
const lines: string[] = [];
const log = (_: string, line: string) => lines.push(line);

beforeEach(async () => {
  lines.length = 0;
  dir = await mkdtemp(join(tmpdir(), 'dev-pki-'));
  ({ pki, stopRenewal: stop } = await issueCertificates(dir, log));
});
afterEach(async () => {
  await stop();
  await rm(dir, { recursive: true, force: true });
});

it('logs what it renews, and nothing else', async () => {
  await renewCertificates(pki, log);
  expect(lines).toEqual([]);
  await rm(join(dir, 'post'), { recursive: true });
  await renewCertificates(pki, log);
  expect(lines).toEqual(['Renewed the certificate of post.']);
});

it('does not renew a revoked certificate, and logs the command that does', async () => {
  await pki.revoke('post');
  await renewCertificates(pki, log);
  await (await issueCertificates(dir, log)).stopRenewal();
  expect(lines).toEqual(['The certificate of post is revoked. Issue a new one with npm run pki -- renew post.']);
  expect(await pki.isRevoked(await pki.find('post'))).toBe(true);
});

it('logs in one line why it cannot renew', async () => {
  await writeFile(join(dir, 'ca', 'issuing.key'), 'rubbish');
  await renewCertificates(pki, log);
  expect(lines).toEqual([
    expect.stringMatching(/^Not renewed: the certificate of gateway, .* and the root\. .*issuing\.key does not hold a private key\.$/),
  ]);
});
