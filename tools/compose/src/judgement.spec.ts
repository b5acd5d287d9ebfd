import { describe, expect, it } from '@jest/globals';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { adviceOn } from './advice.ts';
import { Browser } from './browser.ts';
import { run } from './command.ts';
import { wrongAnswers } from './databases.ts';
import { readyAt } from './figures.ts';
import { publishedWrongly, rootsAmong } from './hardening.ts';
import { Load } from './load.ts';
import { claimPorts } from './ports.ts';
import { bytesIn, shares } from './scaling.ts';
import { hiddenIn } from './secrets.ts';
import { isNewEnough } from './version.ts';

describe('docker-compose', () => {
  it.each([
    ['1.29.2', true],
    ['1.28.6', false],
    ['v2.24.5', true],
    ['2.30.0-desktop.1', true],
    ['3.0', true],
    ['unknown', false],
  ])('%s is new enough: %s', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });

  it.each([
    ['Bind for 127.0.0.1:3000 failed: port is already allocated', 'Port 3000 is taken'],
    ['listen tcp4 127.0.0.1:3001: bind: address already in use', 'Port 3001 is taken'],
    ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', 'Docker does not run'],
    ['services.auth.depends_on contains an invalid type, it should be an array', 'too old'],
    ['npm error code EAI_AGAIN', 'Set NPM_REGISTRY, or BUILD_NETWORK=host'],
    ['write /var/lib/docker: no space left on device', 'The disk is full'],
  ])('that says "%s" needs another word', (output, expected) => {
    expect(adviceOn(output)).toContain(expected);
    expect(adviceOn(output)).not.toContain('\n');
  });

  it('that says something else speaks for itself', () => {
    expect(adviceOn('something else')).toBeUndefined();
  });
});

describe('a command', () => {
  it('that is not installed is told of in a line', async () => {
    await expect(run('no-such-command-at-all', [])).rejects.toThrow('no-such-command-at-all cannot be run (ENOENT). Is it installed?');
  });

  it('that fails is told of with what it said', async () => {
    await expect(run(process.execPath, ['-e', 'console.error("oh"); process.exit(3)'])).rejects.toThrow(/failed:\noh/);
  });
});

describe('ports', () => {
  it('that are taken are told of with their setting', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(claimPorts({ PORT: String(port) })).rejects.toThrow(`Port ${String(port)} is taken. Stop what listens there, or set PORT`);
    server.close();
  });

  it('are free ones, unless they are set', async () => {
    const { PORT, AUTH_HTTP_PORT } = await claimPorts({});
    expect(PORT).not.toBe(AUTH_HTTP_PORT);
  });
});

describe('a finding', () => {
  it('is a process of root, or a container of which nothing is known', () => {
    expect(rootsAmong('post', ['1000', '999'])).toEqual([]);
    expect(rootsAmong('post', ['1000', '0'])).toEqual(['post: user 0']);
    expect(rootsAmong('post', ['root'])).toEqual(['post: user root']);
    expect(rootsAmong('post', [])).toEqual(['post: no process']);
  });

  it('is a port that is published and should not be', () => {
    const container = (service: string, Ports: Record<string, { HostPort: string }[] | null>) => ({
      Config: { User: 'node', Env: [], Labels: { 'com.docker.compose.service': service } },
      NetworkSettings: { Ports },
    });
    expect(publishedWrongly(container('gateway', { '3000/tcp': [{ HostPort: '3000' }] }))).toEqual([]);
    expect(publishedWrongly(container('post', { '50053/tcp': null }))).toEqual([]);
    expect(publishedWrongly(container('post', { '50053/tcp': [{ HostPort: '50053' }] }))).toEqual(['post: 50053/tcp']);
  });

  it('is a role that gets into a database of another, or not into its own', () => {
    expect(wrongAnswers('post', { post: 'allowed', user: '42501' })).toEqual([]);
    expect(wrongAnswers('post', { post: '28P01', user: 'allowed' })).toEqual(['post at post: 28P01', 'post at user: allowed']);
  });

  it('is a read that failed', async () => {
    const outcomes = [undefined, 'refused'];
    const load = new Load(() => Promise.resolve(outcomes.pop()));
    await load.stop();
    expect(load.reads).toBeGreaterThan(1);
    expect(load.failures).toEqual([expect.stringContaining('refused')]);
  });
});

describe('a browser', () => {
  it('keeps cookies until they are taken back, follows redirects, and sends the form of a page', async () => {
    const seen: string[] = [];
    const server = createHttpServer((request, response) => {
      const { method = '', url = '', headers } = request;
      seen.push([method, url, headers.cookie, headers.origin].filter(Boolean).join(' '));
      if (url === '/') response.writeHead(303, { location: '/page', 'set-cookie': ['a=1; Path=/', 'b=2'] }).end();
      else if (url === '/page') response.writeHead(200, { 'set-cookie': 'a=; Max-Age=0' }).end('<form method="post" action="/sent">');
      else response.end('done');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const browser = new Browser();
    const last = await browser.send(await browser.open(origin), { name: 'Ada' });
    expect([last.url, await last.text()]).toEqual([`${origin}/sent`, 'done']);
    expect(seen).toEqual(['GET /', 'GET /page a=1; b=2', `POST /sent b=2 ${origin}`]);
    server.close();
    server.closeAllConnections();
  });
});

describe('what is looked for', () => {
  it('is a secret, the password in a URL, and each line of a key', () => {
    expect(hiddenIn('c2VjcmV0')).toEqual(['c2VjcmV0']);
    expect(hiddenIn('postgres://post:p%2Fw@postgres:5432/post')).toEqual(['postgres://post:p%2Fw@postgres:5432/post', 'p/w']);
    expect(hiddenIn('-----BEGIN PRIVATE KEY-----\nabc\ndef\n-----END PRIVATE KEY-----\n')).toEqual(['abc', 'def']);
  });

  it('is when a service was ready, for the last time', () => {
    const line = (time: string) => `{"time":"${time}","msg":"ready"}`;
    expect(readyAt(`${line('2026-01-01T00:00:00Z')}\nx\n${line('2026-01-01T00:00:05Z')}\n`)).toBe(Date.parse('2026-01-01T00:00:05Z'));
    expect(readyAt('nothing')).toBeUndefined();
  });

  it('is what came in by the network, and how it is shared', () => {
    expect(bytesIn('Inter-| Receive\n face |bytes\n    lo:  50 1\n  eth0: 1000  2\n  eth1:24 1\n')).toBe(1024);
    expect(shares([1, 1, 2])).toEqual([0.25, 0.25, 0.5]);
    expect(shares([0, 0])).toEqual([0, 0]);
  });
});
