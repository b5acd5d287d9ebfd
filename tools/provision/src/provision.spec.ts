import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, query } from '@reputable/testing';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { provideDatabase } from './database.ts';
import { makeSecret, parseSecret } from './secret.ts';

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

describe('a secret', () => {
  it('is made once, for its owner alone, and never shown', async () => {
    const first = await cli('secrets', 'auth/KEY_ENCRYPTION_KEY=key', 'auth/DATABASE_URL=database');
    const file = join(folder, 'auth/KEY_ENCRYPTION_KEY');
    const key = await readFile(file, 'utf8');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(first.stdout).toBe('auth has a new KEY_ENCRYPTION_KEY.\nauth has a new DATABASE_URL.\n');
    expect(await cli('secrets', 'auth/KEY_ENCRYPTION_KEY=key')).toMatchObject({ stdout: '', stderr: '' });
    expect(await readFile(file, 'utf8')).toBe(key);
  });

  it('of a database is where that is, with a password', async () => {
    await makeSecret(folder, parseSecret('post/DATABASE_URL=database'));
    const url = new URL(await readFile(join(folder, 'post/DATABASE_URL'), 'utf8'));
    expect(url).toMatchObject({ username: 'post', host: 'postgres:5432', pathname: '/post' });
    expect(url.password.length).toBeGreaterThanOrEqual(32);
  });

  it('that two services share is the same for both, also for one that has lost it', async () => {
    const valueOf = (service: string) => readFile(join(folder, service, 'SHARED'), 'utf8');
    const { stdout } = await cli('secrets', 'auth,gateway/SHARED=key');
    expect(stdout).toBe('auth has a new SHARED.\ngateway has a new SHARED.\n');
    const value = await valueOf('gateway');
    expect(await valueOf('auth')).toBe(value);
    await rm(join(folder, 'auth/SHARED'));
    expect((await cli('secrets', 'auth,gateway/SHARED=key')).stdout).toBe('auth has a new SHARED.\n');
    expect(await valueOf('auth')).toBe(value);
    expect((await stat(join(folder, 'auth/SHARED'))).mode & 0o777).toBe(0o600);
  });

  it('that two services share and have differently is a fault, and neither is lost', async () => {
    await cli('secrets', 'auth/APART=key');
    await cli('secrets', 'gateway/APART=key');
    const { stderr, code } = await cli('secrets', 'auth,gateway/APART=key');
    expect([stderr, code]).toEqual(['auth and gateway have different values of APART: delete the wrong one, and run this again.\n', 1]);
  });

  it.each([
    ['KEY', 'is no secret. One reads like'],
    ['auth,/KEY=key', 'is no secret'],
    ['../auth/KEY=key', 'is no secret'],
    ['auth/KEY=what', 'there is no kind "what", only key, password, database'],
  ])('that is none is refused in a line: %s', async (text, expected) => {
    const { stderr, code } = await cli('secrets', text);
    expect(stderr).toContain(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });
});

describe('certificates', () => {
  it('are issued, and stay while they are good', async () => {
    expect((await cli('certificates', 'post', 'user')).stdout).toMatch(/^post has a new certificate.*\nuser has a new certificate/);
    expect(existsSync(join(folder, 'post/tls.crt'))).toBe(true);
    expect(await cli('certificates', 'post', 'user')).toMatchObject({ stdout: '', stderr: '' });
  });
});

describe('a step', () => {
  it.each([
    [['migrate', 'nobody'], /nobody\/DATABASE_URL is missing\. Run the secrets step first/],
    [['dance', 'post'], /^There is no step "dance"/],
    [['secrets'], /^secrets: for what\?/],
  ])('that cannot be done is refused in a line: %j', async (args, expected) => {
    const { stderr, code } = await cli(...args);
    expect(stderr).toMatch(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
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
