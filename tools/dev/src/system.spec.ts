import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SERVICES } from '@reputable/contracts/registry';
import { startPostgres } from '@reputable/postgres';
import pg from 'pg';
import { serviceOf } from './replicas.ts';
import { Supervisor } from './supervisor.ts';
import { startSystem, type System, type SystemOptions } from './system.ts';

let dir: string;
/** A folder with a database, to copy for tests that need any. To create one takes a second of CPU time. */
let filled: string;
const running: System[] = [];

async function start(options: SystemOptions = {}): Promise<System> {
  const named = Object.fromEntries(SERVICES.map((name) => [name, { NAME: name, ...options.env?.[name] }]));
  const system = await startSystem({
    dataDir: dir,
    programOf: () => join(import.meta.dirname, 'fixture/stand-in.js'),
    ...options,
    env: { ...options.env, ...named },
  });
  running.push(system);
  return system;
}

/** The environment that a stand-in runs in. */
async function environmentOf(system: System, name: (typeof SERVICES)[number]): Promise<Record<string, string>> {
  return (await fetch(`http://127.0.0.1:${String(system.ports[name])}`)).json() as Promise<Record<string, string>>;
}

async function overTls(url: string, ca: Buffer): Promise<Record<string, string>> {
  const [response] = (await once(get(url, { ca, agent: false }), 'response')) as [IncomingMessage];
  return (await json(response)) as Record<string, string>;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function allFree(system: Pick<System, 'ports'>): Promise<boolean> {
  return (await Promise.all(Object.values(system.ports).map(isFree))).every(Boolean);
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dev-spec-'));
  // Passable for the user that runs PostgreSQL when the tests are run by root.
  await chmod(folder, 0o711);
  return folder;
}

const fill = () => promisify(execFile)('cp', ['-a', `${filled}/.`, dir]);

beforeAll(async () => {
  filled = await aFolder();
  await (await startPostgres({ dir: join(filled, 'postgres') })).stop();
  // No test ends the machine.
  await appendFile(join(filled, 'postgres/data/postgresql.auto.conf'), 'fsync = off\n');
});
afterAll(() => rm(filled, { recursive: true }));
beforeEach(async () => {
  dir = await aFolder();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((system) => system.stop()));
  await rm(dir, { recursive: true, force: true });
});

describe('the system', () => {
  it('gives every service its own, shares its folder with no other, and leaves nothing running when it stops', async () => {
    await fill();
    const system = await start();
    const post = await environmentOf(system, 'post');
    expect(post).toMatchObject({
      TLS_DIR: join(system.dataDir, 'pki/post'),
      ISSUER: system.urls.issuer,
      USER_URL: `localhost:${String(system.ports.user)}`,
      DATABASE_URL: system.databaseUrl('post'),
    });
    expect(post).not.toHaveProperty('KEY_ENCRYPTION_KEY');
    expect(post).not.toHaveProperty('POST_URL');
    expect(Buffer.from((await environmentOf(system, 'auth'))['KEY_ENCRYPTION_KEY'] ?? '', 'base64')).toHaveLength(32);
    expect(await environmentOf(system, 'gateway')).not.toHaveProperty('DATABASE_URL');

    await expect(start()).rejects.toThrow(`Reputable already runs on ${dir}.`);
    const pids = Object.values(system.processes).map(({ pid }) => pid);
    await system.stop();
    for (const pid of pids) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
    expect(await allFree(system)).toBe(true);
    await expect(new pg.Client({ connectionString: system.databaseUrl('post') }).connect()).rejects.toThrow('ECONNREFUSED');
    expect(await readdir(dir)).not.toContain('running.sock');
  });

  it('runs replicas with ports of their own, and callers know all of them', async () => {
    await fill();
    const system = await start({ replicas: { post: 3, gateway: 2 } });
    expect(system.replicas.filter((replica) => serviceOf(replica) === 'post')).toEqual(['post', 'post-2', 'post-3']);
    expect(Object.keys(system.processes).sort()).toEqual([...system.replicas].sort());
    const ports = (['post', 'post-2', 'post-3'] as const).map((replica) => system.processes[replica]?.ports.grpc);
    expect(new Set(ports).size).toBe(3);
    expect(ports[0]).toBe(system.ports.post);
    const second = (await (await fetch(`http://127.0.0.1:${String(ports[1])}`)).json()) as object;
    const { GRPC_PORT, ...shared } = await environmentOf(system, 'post');
    expect(second).toEqual({ ...shared, GRPC_PORT: String(ports[1]) });
    expect(shared).toMatchObject({ SHUTDOWN_DELAY_MS: '1000', USER_URL: `localhost:${String(system.ports.user)}` });
    const POST_URL = `ipv4:${ports.map((port) => `127.0.0.1:${String(port)}`).join()}`;
    expect(await environmentOf(system, 'comment')).toMatchObject({ POST_URL, SHUTDOWN_DELAY_MS: '0' });
    const gateway = `http://127.0.0.1:${String(system.processes['gateway-2']?.ports.http)}`;
    expect(await (await fetch(gateway)).json()).toMatchObject({ POST_URL, ISSUER: system.urls.issuer });

    const { pid } = system.processes.post;
    await system.restart('post-2');
    expect(system.processes['post-2']?.ports.grpc).toBe(ports[1]);
    expect(system.processes.post.pid).toBe(pid);
  });

  it('runs a mailbox and, on request, an outside provider: auth finds both', async () => {
    await fill();
    const system = await start({ withProvider: true });
    const { SMTP_URL = '', OIDC_PROVIDERS = '' } = await environmentOf(system, 'auth');
    expect(SMTP_URL).toBe(system.mailbox.smtpUrl);
    expect(await (await fetch(system.urls.mailbox)).text()).toContain('No mail yet.');
    const { issuer = '' } = system.provider ?? {};
    expect(issuer).toBe(`http://localhost:${String(system.ports.provider)}`);
    expect(JSON.parse(OIDC_PROVIDERS)).toMatchObject([{ id: 'outside', issuer }]);
    expect((await fetch(`${issuer}/.well-known/openid-configuration`)).status).toBe(200);
    await system.stop();
    await expect(fetch(issuer)).rejects.toThrow('fetch failed');
  });

  it('runs an authorization server in place of ours: auth trusts it, and browsers log in there', async () => {
    await fill();
    const system = await start({ issuer: 'keycloak-like' });
    const { issuer = '', realm } = system.realm ?? {};
    expect(issuer).toBe(`http://localhost:${String(system.ports.realm)}/realms/reputable`);
    expect(realm?.logOutUri).toBe(`${system.urls.issuer}/issuers/realm/back-channel-log-out`);
    const [auth, gateway] = [await environmentOf(system, 'auth'), await environmentOf(system, 'gateway')];
    const client = { trustedClients: ['gateway'], events: { audience: 'gateway' } };
    expect(JSON.parse(auth['TOKEN_ISSUERS'] ?? '')).toMatchObject([{ id: 'realm', kind: 'keycloak', realm: issuer, ...client }]);
    expect(gateway).toMatchObject({ AUTHORIZATION_SERVER: issuer, ISSUER_TOKENS: 'true' });
    expect(await environmentOf(system, 'post')).not.toHaveProperty('AUTHORIZATION_SERVER');
    await system.stop();
    await expect(fetch(issuer)).rejects.toThrow('fetch failed');
  });

  it('answers https at the same ports on request: browsers are led there, services use http', async () => {
    await fill();
    const system = await start({ withTls: true });
    const origin = `https://localhost:${String(system.ports.gateway)}`;
    const issuer = `https://localhost:${String(system.ports.authHttp)}`;
    expect(system.urls.origin).toBe(origin);
    const ca = await readFile(join(dir, 'pki/gateway/ca.crt'));
    const [gateway, auth] = [await overTls(origin, ca), await overTls(issuer, ca)];
    const direct = `http://localhost:${auth['PORT'] ?? ''}`;
    expect(gateway).toMatchObject({ NAME: 'gateway', PUBLIC_URL: origin, ISSUER: issuer, AUTHORIZATION_SERVER_URL: `${direct}/oidc` });
    expect(auth).toMatchObject({ NAME: 'auth', GATEWAY_URL: origin, JWKS_URI: `${direct}/.well-known/jwks.json` });
    expect(await environmentOf(system, 'post')).toMatchObject({ ISSUER: issuer, JWKS_URI: `${direct}/.well-known/jwks.json` });
    // Programs of this machine need no certificate.
    expect(await environmentOf(system, 'gateway')).toEqual(gateway);
    await system.stop();
    expect(await allFree(system)).toBe(true);
  });

  it('keeps its data and its secrets from one start to the next', async () => {
    await fill();
    const first = await start();
    const { KEY_ENCRYPTION_KEY } = await environmentOf(first, 'auth');
    await first.stop();
    const second = await start();
    expect(await environmentOf(second, 'auth')).toMatchObject({ KEY_ENCRYPTION_KEY });
    const client = new pg.Client({ connectionString: second.databaseUrl('auth') });
    await client.connect();
    expect((await client.query('SELECT FROM start')).rowCount).toBe(2);
    await client.end();
    expect((await stat(join(dir, 'secrets/key-encryption-key'))).mode & 0o777).toBe(0o600);

    // Where `npm run outbox` finds the ones that run now.
    expect(JSON.parse(await readFile(join(dir, 'secrets/databases.json'), 'utf8'))).toMatchObject({ post: second.databaseUrl('post') });
    // Where `npm run keys` finds the one that runs now.
    const settings = `DATABASE_URL=${second.databaseUrl('auth')}\nKEY_ENCRYPTION_KEY=${KEY_ENCRYPTION_KEY ?? ''}\n`;
    expect(await readFile(join(dir, 'secrets/auth.env'), 'utf8')).toBe(settings);
    expect((await stat(join(dir, 'secrets/auth.env'))).mode & 0o777).toBe(0o600);
  });

  it('leaves no folder behind if it was given none', async () => {
    const { dataDir, stop } = await startSystem({ programOf: () => join(import.meta.dirname, 'fixture/stand-in.js') });
    await stop();
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
  });

  it('lets a service be killed and started again, and calls only an end that nobody asked for a crash', async () => {
    const crashes: string[] = [];
    await fill();
    const system = await start({ onCrash: ({ message }) => crashes.push(message) });
    await system.kill('post');
    expect(system.processes.post.running).toBe(false);
    await system.restart('post');
    await system.restart('user');
    expect(await environmentOf(system, 'post')).toMatchObject({ DATABASE_URL: system.databaseUrl('post') });
    expect(crashes).toEqual([]);
    process.kill(system.processes.comment.pid ?? 0, 'SIGKILL');
    while (crashes.length === 0) await sleep(10);
    expect(crashes).toEqual(['comment ended unexpectedly, with SIGKILL.']);
  });
});

describe('a service that ends by itself', () => {
  const lines: string[] = [];
  const failures: string[] = [];
  const interrupt = new AbortController();
  let system: System;
  const supervisor = new Supervisor({
    system: () => system,
    log: (_, line) => lines.push(line),
    giveUp: ({ message }) => failures.push(message),
    signal: interrupt.signal,
  });

  it('starts again, later each time; after five ends within a minute, the launcher gives up', async () => {
    await fill();
    system = await start({ onCrash: (error, name) => name && supervisor.ended(error, name) });
    const others = [system.processes.post.pid, system.processes.gateway.pid];
    for (let time = 0; time < 4; time += 1) {
      const { pid } = system.processes.comment;
      process.kill(pid ?? 0, 'SIGKILL');
      while (system.processes.comment.pid === pid) await sleep(10);
      await supervisor.settled();
      expect(await environmentOf(system, 'comment')).toMatchObject({ DATABASE_URL: system.databaseUrl('comment') });
    }
    expect(lines.filter((line) => line.startsWith('comment ended'))).toEqual(
      ['0.25', '0.5', '1', '2'].map((pause) => `comment ended unexpectedly, with SIGKILL. Starting it again in ${pause} s.`),
    );
    process.kill(system.processes.comment.pid ?? 0, 'SIGKILL');
    while (failures.length === 0) await sleep(10);
    expect(failures).toEqual(['comment ended unexpectedly, with SIGKILL. It has ended 5 times within a minute.']);
    expect([system.processes.post.pid, system.processes.gateway.pid]).toEqual(others);
    expect(system.processes.comment.running).toBe(false);
  });
});

describe('a start that fails', () => {
  beforeEach(fill);

  it('says in the words of the service why, and stops the rest', async () => {
    const lines: string[] = [];
    const failed = start({
      log: (_, line) => lines.push(line),
      env: { post: { STAND_IN: 'fails' }, comment: { STAND_IN: 'never ready' } },
    });
    await expect(failed).rejects.toThrow(/^post does not start: SOMETHING is missing\.$/);
    expect(await readdir(dir)).not.toContain('running.sock');
    expect(await readdir(join(dir, 'postgres'))).toContain('data');
    await expect(stat(join(dir, 'postgres/data/postmaster.pid'))).rejects.toThrow('ENOENT');
  });

  it('says where to list the call of a service that lacks the address of another', async () => {
    const failed = start({ ports: { comment: 0 }, env: { user: { STAND_IN: 'fails', MISSING: 'COMMENT_URL' } } });
    await expect(failed).rejects.toThrow(
      /^user does not start: COMMENT_URL is missing\.\nAdd 'comment' to the calls of user in libs\/contracts\/src\/registry\/services\.ts, and run npm run docs\. npm start then sets it to localhost:\d+,/,
    );
  });

  it('shows what a service said that had no words for it', async () => {
    const lines: string[] = [];
    const failed = start({ log: (_, line) => lines.push(line), env: { post: { STAND_IN: 'throws' } } });
    await expect(failed).rejects.toThrow('post does not start: it ended with exit code 1.');
    expect(lines.join('\n')).toContain('Error: out of nowhere');
  });

  it('can be given up', async () => {
    const controller = new AbortController();
    const given = start({
      signal: controller.signal,
      env: { all: { STAND_IN: 'never ready' } },
      log: () => {
        controller.abort(new Error('enough'));
      },
    });
    await expect(given).rejects.toThrow('enough');
    expect(await readdir(dir)).not.toContain('running.sock');
  });

  it('names the port that is taken, and its setting', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ ports: { user: port } })).rejects.toThrow(`Port ${String(port)} is in use. Set USER_GRPC_PORT to another one.`);
    other.close();
  });

  it('names the secret that is damaged', async () => {
    await mkdir(join(dir, 'secrets'));
    await writeFile(join(dir, 'secrets/key-encryption-key'), 'short');
    await expect(start()).rejects.toThrow(`${dir}/secrets/key-encryption-key does not hold 32 bytes in base64.`);
  });
});

describe('after a launcher that was killed', () => {
  beforeEach(fill);

  it('nothing is left, and the same ports serve again', async () => {
    const program = fork(join(import.meta.dirname, 'fixture/keep-running.ts'), [dir], { execArgv: ['--import', '@reputable/run'] });
    const [ports] = (await once(program, 'message')) as [System['ports']];
    program.kill('SIGKILL');
    await once(program, 'exit');
    const system = await start({ ports });
    expect(system.ports).toEqual(ports);
    expect(await readFile(join(dir, 'secrets/key-encryption-key'), 'utf8')).toHaveLength(44);
  });

  it('without a successor the services end, too', async () => {
    const program = fork(join(import.meta.dirname, 'fixture/keep-running.ts'), [dir], { execArgv: ['--import', '@reputable/run'] });
    const [ports] = (await once(program, 'message')) as [System['ports']];
    program.kill('SIGKILL');
    while (!(await allFree({ ports }))) await sleep(20);
    while (await stat(join(dir, 'postgres/data/postmaster.pid')).catch(() => undefined)) await sleep(20);
  });
});
