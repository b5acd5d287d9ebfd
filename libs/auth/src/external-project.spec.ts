import type { DescService } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INSTALLATION_TIMEOUT, onDemand } from '@reputable/on-demand';
import { openAuthority } from '@reputable/pki';
import { eventually, freePort } from '@reputable/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { AuthenticatedUser } from './access/authenticated-user.ts';
import { runInCall } from './call/call-context.ts';
import { openClient } from './call/client.ts';
import { blocks, ExternalProject } from './external-project.fixture.ts';
import { aUser, TestIssuer, type TestUser } from './testing/index.ts';
import { CertificateWatch } from './tls/certificate-watch.ts';

type Pay = (request: { id: string; cents: number }) => Promise<{ id: string; paidBy: string }>;

const TRUST_DOMAIN = 'acme.example';
const CONTRACT = 'dist/gen/acme/invoice/v1/invoice_pb.js';

let outside: ExternalProject;
let issuer: TestIssuer;
let service: ChildProcess;
let port: number;
const closing: (() => void)[] = [];

beforeAll(() => void onDemand('buf'), INSTALLATION_TIMEOUT);
beforeAll(async () => {
  [outside, issuer] = await Promise.all([ExternalProject.create(), TestIssuer.start({ audience: ['invoice'] })]);
  const pki = await openAuthority(join(outside.folder, 'pki'), { trustDomain: TRUST_DOMAIN });
  for (const name of ['invoice', 'shop', 'stranger']) await pki.issue(name);
  await outside.run('generate');
  port = await freePort();
  service = spawn(process.execPath, ['dist/main.js'], {
    cwd: outside.folder,
    env: { ISSUER: issuer.url, TLS_DIR: join(pki.dir, 'invoice'), LISTEN: `127.0.0.1:${String(port)}` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await eventually(async () => {
    if (service.exitCode !== null) throw new Error('The service has ended.');
    await expect(payAs({}, 'stranger')).rejects.toMatchObject({ reason: 'CALLER_NOT_ALLOWED' });
  }, 20_000);
}, 180_000);

afterAll(async () => {
  for (const close of closing) close();
  service.kill();
  await once(service, 'exit');
  await issuer.stop();
  await outside.remove();
});

/** Pays an invoice as this user, or without one, through a client of `service`. */
async function payAs({ user, cents = 100 }: { user?: TestUser; cents?: number }, through = 'shop') {
  const { InvoiceService } = (await import(join(outside.folder, CONTRACT))) as { readonly InvoiceService: DescService };
  const identity = await CertificateWatch.open({
    folder: join(outside.folder, 'pki', through),
    service: through,
    trustDomain: TRUST_DOMAIN,
  });
  const { client, close } = openClient({ contract: InvoiceService, service: 'invoice', url: `localhost:${String(port)}` }, identity);
  closing.push(() => {
    close();
    identity.close();
  });
  const token = user && (await issuer.tokenFor(user));
  const nobody = new AuthenticatedUser({ id: '', roles: [], reputation: 1, scopes: [], sessionId: '', clientId: '' });
  const carried =
    token === undefined
      ? undefined
      : { authorization: `Bearer ${token}`, issuedAt: 0, expiresAt: Infinity, freshUntil: Infinity, user: nobody };
  const { payInvoice } = client as unknown as { readonly payInvoice: Pay };
  return runInCall({ user: carried?.user, peer: undefined, token: carried, deadline: Infinity }, () => payInvoice({ id: '7', cents }));
}

describe('a project outside the workspace', () => {
  const accountant = (reputation: number) => aUser({ roles: ['ACCOUNTANT'], reputation });

  it('enforces the rules of its own contract, with a reason', async () => {
    await expect(payAs({})).rejects.toMatchObject({ reason: 'TOKEN_MISSING' });
    await expect(payAs({ user: aUser({ reputation: 100 }) })).rejects.toMatchObject({ reason: 'ROLE_MISSING' });
    await expect(payAs({ user: accountant(99) })).rejects.toMatchObject({
      reason: 'REPUTATION_TOO_LOW',
      metadata: { required: '100', actual: '99' },
    });
    await expect(payAs({ user: accountant(100) }, 'stranger')).rejects.toMatchObject({ reason: 'CALLER_NOT_ALLOWED' });
  });

  it('accepts an allowed user and passes them to the handler', async () => {
    const user = accountant(100);
    expect(await payAs({ user })).toMatchObject({ id: '7', paidBy: user.id });
  });

  it("returns its handlers' errors", async () => {
    await expect(payAs({ user: accountant(499), cents: 1_000_001 })).rejects.toMatchObject({
      reason: 'REPUTATION_TOO_LOW',
      message: 'Paying this much needs 500 reputation; you have 499.',
    });
  });

  it('needs ten lines in main.ts', () => {
    const lines = (blocks.get('src/main.ts') ?? '').split('\n');
    const from = lines.findIndex((line) => line.includes('AuthModule.forService({'));
    const to = lines.findIndex((line, at) => at > from && line.trim() === '}),');
    expect(to - from + 1 + lines.filter((line) => line.includes('securedGrpc(')).length).toBe(10);
  });
});
