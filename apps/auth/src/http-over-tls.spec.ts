import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { eventually, freePort, type TestService } from '@reputable/testing';
import { type AuthWorld, sharedAuthWorld } from './auth.fixture.ts';

let running: AuthWorld;
let replica: TestService;
let port: number;
beforeAll(async () => {
  running = await sharedAuthWorld();
  port = await freePort();
  replica = await running.world.start('auth', { ...running.auth.settings, PORT: '0', GRPC_PORT: '0', TLS_PORT: String(port) });
});
afterAll(() => replica.stop());

const FETCH = `
const answer = await fetch(process.argv[1], { headers: { 'x-forwarded-host': 'elsewhere.example' } });
console.log(JSON.stringify(await answer.json()));
`;

/** Fetches in a process of its own: Node.js reads NODE_EXTRA_CA_CERTS when it starts. */
const fetchJson = async (path: string, env: Record<string, string>) => {
  const args = ['--input-type=module', '--eval', FETCH, `https://localhost:${String(port)}${path}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout) as unknown;
};

describe('the keys over TLS', () => {
  it('are the same for a client that trusts our CA', async () => {
    const ca = join(running.world.folder, 'auth/ca.crt');
    const plain: unknown = await (await fetch(`${running.issuer}/.well-known/jwks.json`)).json();
    expect(await fetchJson('/.well-known/jwks.json', { NODE_EXTRA_CA_CERTS: ca })).toEqual(plain);
  });

  it('are refused by a client that does not trust our CA', async () => {
    await expect(fetchJson('/.well-known/jwks.json', {})).rejects.toThrow(/self-signed certificate|unable to (get|verify)/);
  });

  it('are served together with the discovery document, which contains the public URL only', async () => {
    const ca = join(running.world.folder, 'auth/ca.crt');
    const metadata = await fetchJson('/oidc/.well-known/openid-configuration', { NODE_EXTRA_CA_CERTS: ca });
    const urls = Object.entries(metadata as Record<string, unknown>).filter(([name]) => /_endpoint$|_uri$|^issuer$/.test(name));
    expect(urls.length).toBeGreaterThan(5);
    for (const [, url] of urls) expect(url).toMatch(new RegExp(`^${running.issuer}/oidc(/|$)`));
  });

  it('are served with a renewed certificate', async () => {
    const file = join(running.world.folder, 'auth/tls.crt');
    await running.world.authority.issue('auth');
    const { serialNumber } = new X509Certificate(await readFile(file));
    await eventually(async () => {
      const socket = connect({ host: 'localhost', port, ca: running.world.authority.rootPem });
      await once(socket, 'secureConnect');
      const served = socket.getPeerX509Certificate()?.serialNumber;
      socket.destroy();
      expect(served).toBe(serialNumber);
    });
  });
});

describe('at the stop', () => {
  it('connections close during the drain, and requests in progress are answered', async () => {
    const tlsPort = await freePort();
    const settings = { ...running.auth.settings, PORT: '0', GRPC_PORT: '0', TLS_PORT: String(tlsPort), SHUTDOWN_DELAY_MS: '1000' };
    const stopping = await running.world.start('auth', settings);
    const tls = { host: 'localhost', port: tlsPort, ca: running.world.authority.rootPem, agent: new Agent({ keepAlive: true }) };
    const responseTo = async (sent: ClientRequest) => {
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return [response.statusCode, response.headers.connection];
    };
    const keys = () => responseTo(request({ ...tls, path: '/.well-known/jwks.json' }).end());
    expect(await keys()).toEqual([200, 'keep-alive']);

    const form = 'grant_type=refresh_token';
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length };
    const slow = request({ ...tls, agent: false, path: '/oidc/token', method: 'POST', headers });
    const answer = responseTo(slow);
    answer.catch(() => undefined);
    slow.write(form.slice(0, 5));
    const stopped = stopping.stop();
    await eventually(async () => expect(await keys()).toEqual([200, 'close']));
    // Until after the drain, when the other port has no request left.
    await eventually(() => expect(fetch(`http://localhost:${String(stopping.ports.http)}/`)).rejects.toThrow());
    await sleep(1_000);
    slow.end(form.slice(5));
    expect(await answer).toEqual([400, 'close']);
    await stopped;
    expect(stopping.process.exitCode).toBe(0);
  });
});
