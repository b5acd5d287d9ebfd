import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestAuthority } from '@reputable/auth/testing';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const SERVING = Buffer.from([0, 0, 0, 0, 2, 8, 1]);

let authority: TestAuthority;
let other: TestAuthority;
const servers: Http2SecureServer[] = [];

beforeAll(async () => {
  authority = await TestAuthority.start('acme.example');
  other = await TestAuthority.start('acme.example');
});
afterAll(async () => {
  for (const server of servers) server.close();
  await Promise.all([authority.stop(), other.stop()]);
});

/** A server that is serving, with the certificate in a folder. Resolves with its port. */
async function serve(folder: string): Promise<number> {
  const [ca, key, cert] = ['ca.crt', 'tls.key', 'tls.crt'].map((name) => readFileSync(join(folder, name)));
  const server = createSecureServer({ ca, key, cert, requestCert: true });
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.end(SERVING);
  });
  servers.push(server.listen(0, 'localhost'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The output of the check for this port and folder; empty if the service is serving. */
const check = (port: number, folder: string) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, 'health-check.ts'), String(port), folder]).then(
    ({ stderr }) => stderr,
    (error: unknown) => (error as { readonly stderr: string }).stderr,
  );

describe('the health check of an image', () => {
  it.each([
    ['npm run pki', ['post', 'localhost']],
    ['cert-manager, with the names of the Kubernetes service', ['post', 'post.reputable.svc']],
    ['SPIRE, without DNS names', []],
  ])('accepts the service with its own certificate: from %s', async (from, dnsNames) => {
    const folder = await authority.folderOf(`post-${String(from.length)}`, dnsNames);
    expect(await check(await serve(folder), folder)).toBe('');
  });

  it('refuses another service on that port, and one with a certificate of another authority', async () => {
    const folder = await authority.folderOf('user');
    expect(await check(await serve(await authority.folderOf('comment')), folder)).toContain(
      'The server is not spiffe://acme.example/user.',
    );
    expect(await check(await serve(await other.folderOf('user')), folder)).toMatch(/signature|certificate|issuer/);
  });
});
