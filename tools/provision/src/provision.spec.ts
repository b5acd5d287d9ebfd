import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES } from '@reputable/contracts/registry';
import { createTestDatabase, query } from '@reputable/testing';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { provideDatabase } from './database.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reputable-provision-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Result {
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

const cli = (...args: string[]): Promise<Result> =>
  promisify(execFile)(process.execPath, ['--import', '@reputable/run', join(import.meta.dirname, 'main.ts'), '--folder', folder, ...args], {
    env: {},
  }).catch((error: unknown) => error as Result);

describe('secrets', () => {
  const file = (service: string, name: string) => join(folder, service, name);
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

  it('are made once, for their owner alone, and never shown', async () => {
    const first = await cli('secrets');
    const key = await readFile(file('auth', 'KEY_ENCRYPTION_KEY'), 'utf8');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(await modeOf(file('auth', 'KEY_ENCRYPTION_KEY'))).toBe(0o600);
    expect(await modeOf(file('postgres', 'POSTGRES_PASSWORD'))).toBe(0o644);
    const made = [
      'DATABASE_URL for auth',
      'DATABASE_URL for post',
      'KEY_ENCRYPTION_KEY for auth',
      'OIDC_CLIENT_SECRET for auth',
      'OIDC_CLIENT_SECRET for gateway',
      'POSTGRES_PASSWORD for postgres',
    ];
    expect(first.stdout.trim().split('\n')).toEqual(expect.arrayContaining(made.map((secret) => `Made ${secret}.`)));
    expect(first.stdout).not.toContain('DATABASE_URL for gateway');
    expect(await cli('secrets')).toMatchObject({ stdout: '', stderr: '' });
    expect(await readFile(file('auth', 'KEY_ENCRYPTION_KEY'), 'utf8')).toBe(key);
  });

  it('have the URL of the database, with a password', async () => {
    const url = new URL(await readFile(file('post', 'DATABASE_URL'), 'utf8'));
    expect(url).toMatchObject({ username: 'post', host: 'postgres:5432', pathname: '/post' });
    expect(url.password.length).toBeGreaterThanOrEqual(32);
  });

  it('have the same value for services that share one, also for a service that lost it', async () => {
    const valueOf = (service: string) => readFile(file(service, 'OIDC_CLIENT_SECRET'), 'utf8');
    const value = await valueOf('gateway');
    expect(await valueOf('auth')).toBe(value);
    await rm(file('auth', 'OIDC_CLIENT_SECRET'));
    expect((await cli('secrets')).stdout).toBe('Made OIDC_CLIENT_SECRET for auth.\n');
    expect(await valueOf('auth')).toBe(value);
    expect(await modeOf(file('auth', 'OIDC_CLIENT_SECRET'))).toBe(0o600);
  });

  it('are refused if services that share one have different values, and both values are kept', async () => {
    const value = await readFile(file('auth', 'OIDC_CLIENT_SECRET'), 'utf8');
    await writeFile(file('auth', 'OIDC_CLIENT_SECRET'), 'another');
    const { stderr, code } = await cli('secrets');
    const line = 'gateway and auth have different values of OIDC_CLIENT_SECRET. Delete the wrong one, and run this step again.\n';
    expect([stderr, code]).toEqual([line, 1]);
    expect(await readFile(file('auth', 'OIDC_CLIENT_SECRET'), 'utf8')).toBe('another');
    await writeFile(file('auth', 'OIDC_CLIENT_SECRET'), value);
  });
});

describe('certificates', () => {
  it('are issued, and stay while they are good', async () => {
    const { stdout } = await cli('certificates');
    for (const service of SERVICES) expect(stdout).toContain(`Issued a certificate for ${service}, valid until `);
    expect(existsSync(join(folder, 'post/tls.crt'))).toBe(true);
    expect(await cli('certificates')).toMatchObject({ stdout: '', stderr: '' });
  });
});

describe('a step', () => {
  it.each([
    [['migrate', '--folder', '/nowhere'], /^\/nowhere\/\w+\/DATABASE_URL is missing\. Run the secrets step first/, 1],
    [['dance'], /^Unknown step: dance\. Try provision --help$/m, 2],
    [[], /^Missing step\. Try provision --help$/m, 2],
    [['secrets', 'auth/KEY=key'], /^Unexpected argument: auth\/KEY=key\. /, 2],
  ])('that cannot be done is refused in a line: %j', async (args, expected, exitCode) => {
    const { stderr, code } = await cli(...args);
    expect(stderr).toMatch(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(exitCode);
  });

  it('that finds no server is refused in a line', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'reputable-provision-'));
    await cli('secrets', '--folder', elsewhere);
    for (const service of SERVICES.filter((name) => existsSync(join(elsewhere, name, 'DATABASE_URL')))) {
      await writeFile(join(elsewhere, service, 'DATABASE_URL'), `postgres://${service}:x@127.0.0.1:1/${service}`);
    }
    const { stderr, code } = await cli('migrate', '--folder', elsewhere);
    expect([stderr, code]).toEqual(['connect ECONNREFUSED 127.0.0.1:1\n', 1]);
    await rm(elsewhere, { recursive: true });
  });
});

describe('the database of a service', () => {
  const names = ['a', 'b'].map((name) => `provision_${name}_${String(process.pid)}`);
  let admin: string;
  let server: pg.Client;
  const urlOf = (role: string, database = role, password = `of ${role}`) => {
    const url = new URL(admin);
    url.username = role;
    url.password = encodeURIComponent(password);
    url.pathname = `/${database}`;
    return url.href;
  };
  beforeAll(async () => {
    admin = await createTestDatabase('provision');
    server = new pg.Client({ connectionString: admin });
    await server.connect();
    // Twice: it is there already.
    for (const name of [...names, ...names]) await provideDatabase(server, urlOf(name));
  });
  afterAll(async () => {
    for (const name of names) await server.query(`DROP DATABASE IF EXISTS ${name}`);
    for (const name of names) await server.query(`DROP ROLE IF EXISTS ${name}`);
    await server.end();
  });

  it('is its own: it makes tables there', async () => {
    await expect(query(urlOf(names[0] ?? ''), 'CREATE TABLE mine (id int)')).resolves.toEqual([]);
  });

  it("is no one else's to connect to", async () => {
    await expect(query(urlOf(names[0] ?? '', names[1]), 'SELECT 1')).rejects.toMatchObject({ code: '42501' });
  });
});
