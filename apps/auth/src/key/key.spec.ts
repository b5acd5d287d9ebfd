import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Tokens } from '@reputable/contracts/auth/v1/auth';
import { dataSourceOptions, migrate } from '@reputable/database';
import { createTestDatabase, eventually, query } from '@reputable/testing';
import { decodeProtectedHeader, type JWK } from 'jose';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { aPerson, type AuthWorld, compiledCommand, expectAudited, startAuthWorld } from '../auth.fixture.ts';
import { CreateAuditEvents1763700000025 } from '../migrations/1763700000025-create-audit-events.ts';
import { AddTransactionsToAuditEvents1763700000030 } from '../migrations/1763700000030-add-transactions-to-audit-events.ts';
import { CreateSigningKeys1763700000001 } from '../migrations/1763700000001-create-signing-keys.ts';
import { newKeyPair } from './key-pair.ts';
import { KeyStore } from './key-store.ts';
import { SigningKey } from './signing-key.entity.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await startAuthWorld();
});
afterAll(async () => {
  await running.world.end();
});

it('no id of a key begins like an option of npm run keys', async () => {
  // One in 64 would.
  const ids = await Promise.all(Array.from({ length: 640 }, async () => (await newKeyPair(new Uint8Array(32))).kid));
  expect(ids.filter((id) => id.startsWith('-'))).toEqual([]);
});

const CLI = compiledCommand('keys');

/** The environment of the command. */
const cliEnvironment = () => ({
  DATABASE_URL: running.auth.databaseUrl,
  KEY_ENCRYPTION_KEY: running.auth.settings.KEY_ENCRYPTION_KEY ?? '',
  REPUTABLE_DATA: running.world.folder,
});

const keysCommand = async (args: string[], env: Record<string, string> = cliEnvironment()) =>
  promisify(execFile)(process.execPath, [...CLI, ...args], { env }).catch((error: unknown) => error as { stdout: string; stderr: string });

const published = async () => ((await (await fetch(`${running.issuer}/.well-known/jwks.json`)).json()) as { keys: JWK[] }).keys;

interface Row {
  kid: string;
  state: string;
  public_jwk: JWK;
  private_jwe: string | null;
}
const rows = () => query<Row>(running.auth.databaseUrl, 'SELECT * FROM signing_key');
const kidOf = async (state: string) => (await rows()).find((row) => row.state === state)?.kid;

/** A new user's refresh token, and the JWT that the gateway gets for the opaque access token. */
async function tokens() {
  return signed((await running.join(aPerson())).tokens as Tokens);
}

async function signed({ accessToken, refreshToken }: Tokens) {
  return { accessToken: await running.exchange(accessToken), refreshToken };
}

describe('the keys', () => {
  it('are published, the current one and the next', async () => {
    const response = await fetch(`${running.issuer}/.well-known/jwks.json`);
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=10');
    const keys = await published();
    expect(new Set(keys.map(({ kid }) => kid))).toEqual(new Set([await kidOf('current'), await kidOf('next')]));
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(decodeProtectedHeader((await tokens()).accessToken).kid).toBe(await kidOf('current'));
  });

  it('are encrypted in the database', async () => {
    for (const { public_jwk, private_jwe } of await rows()) {
      expect(public_jwk).not.toHaveProperty('d');
      expect(decodeProtectedHeader(private_jwe ?? '')).toMatchObject({ alg: 'dir', enc: 'A256GCM' });
      const content = (private_jwe ?? '').split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
      expect(content.slice(1).join()).not.toMatch(/"d"|"kty"|P-256/);
    }
  });

  it('require the right encryption key: with another one the service does not start, and does not print it', async () => {
    const other = Buffer.alloc(32, 8).toString('base64');
    const started = running.world.start('auth', { ...running.auth.settings, PORT: '0', KEY_ENCRYPTION_KEY: other });
    const error = await started.then(() => '', String);
    expect(error).toMatch(/auth does not start: KEY_ENCRYPTION_KEY does not decrypt the signing key/);
    expect(error).not.toContain(other);
  });

  it('are created once if several replicas start on an empty database', async () => {
    const url = await createTestDatabase('auth');
    const migrations = [CreateSigningKeys1763700000001, CreateAuditEvents1763700000025, AddTransactionsToAuditEvents1763700000030];
    const dataSource = new DataSource(dataSourceOptions({ url, entities: [SigningKey], migrations }));
    await migrate(await dataSource.initialize());
    const store = new KeyStore(dataSource, new Uint8Array(32));
    await Promise.all(Array.from({ length: 10 }, () => store.ensure()));
    expect(await store.list()).toMatchObject([{ state: 'current' }, { state: 'next' }]);
    await dataSource.destroy();
  });
});

describe('over HTTP', () => {
  it.each([
    ['another path', '/', {}, 404, 'Not Found'],
    ['the discovery document at the root', '/.well-known/openid-configuration', {}, 404, 'Not Found'],
    ['an invalid path', '/%ff', {}, 400, 'Bad Request'],
    ['incomplete JSON', '/', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400, 'Bad Request'],
    ['a large body', '/', { method: 'POST', body: 'x'.repeat(5_000) }, 413, 'Payload Too Large'],
  ])('%s is refused with the status only', async (_, path, init, status, error) => {
    const response = await fetch(`${running.issuer}${path}`, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect([response.headers.get('server'), response.headers.get('x-powered-by')]).toEqual([null, null]);
  });
});

describe('rotation', () => {
  it('keeps the tokens of both keys valid', async () => {
    const before = { current: await kidOf('current'), next: await kidOf('next') };
    const auth = await running.authAs();
    const held: string[] = [];
    let rotated = false;
    const useAll = async () => {
      // The keys from before the rotation, and the new one.
      for (const token of [held[0], held[Math.floor(held.length / 2)], held.at(-1)]) {
        await (await running.userAs({ token })).updateProfile({ displayName: 'Somebody' });
      }
    };
    const member = async () => {
      let { refreshToken, accessToken } = await tokens();
      for (;;) {
        held.push(accessToken);
        await useAll();
        if (rotated && decodeProtectedHeader(accessToken).kid === before.next) return;
        ({ refreshToken, accessToken } = await signed((await auth.refresh({ refreshToken, address: '192.0.2.1' })).tokens as Tokens));
      }
    };
    const members = Promise.all([member(), member(), member()]);
    const { stdout } = await keysCommand(['rotate']);
    rotated = true;
    await members;

    expect(stdout).toContain(`${before.next ?? ''}  current`);
    expect(new Set(held.map((token) => decodeProtectedHeader(token).kid))).toEqual(new Set([before.current, before.next]));
    expect(await kidOf('current')).toBe(before.next);
    await expectAudited(running, 'key_rotated', { kid: before.next ?? '', actor_type: 'operator' });
    await expectAudited(running, 'key_created', { kid: (await kidOf('next')) ?? '', actor_type: 'operator' });
    await expectAudited(running, 'key_created', { kid: before.next ?? '', actor_type: 'service' });
    // The retired key is still published, without its private part.
    const retired = (await rows()).find(({ kid }) => kid === before.current);
    expect(retired).toMatchObject({ state: 'retired', private_jwe: null });
    await eventually(async () => {
      expect((await published()).map(({ kid }) => kid)).toEqual(expect.arrayContaining((await rows()).map(({ kid }) => kid)));
    });
  });

  it('waits while some service may not know the next key', async () => {
    const current = await kidOf('current');
    await query(running.auth.databaseUrl, "UPDATE signing_key SET created_at = now() WHERE state = 'next'");
    const cli = spawn(process.execPath, [...CLI, 'rotate'], { env: cliEnvironment() });
    const [line] = (await once(cli.stdout, 'data')) as [Buffer];
    expect(line.toString()).toMatch(/^The next key is too new\. Services know it in \d+ s\.$/m);
    cli.kill();
    await once(cli, 'exit');
    expect(await kidOf('current')).toBe(current);
  });

  it('is refused with another encryption key, because the services could not decrypt the new key', async () => {
    const before = await rows();
    const { stderr } = await keysCommand(['revoke', before[0]?.kid ?? ''], {
      ...cliEnvironment(),
      KEY_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    });
    expect(stderr).toContain('KEY_ENCRYPTION_KEY does not decrypt the signing key');
    expect(await rows()).toEqual(before);
  });

  it('replaces all keys for a new encryption key', async () => {
    const url = await createTestDatabase('auth');
    const migrations = [CreateSigningKeys1763700000001, CreateAuditEvents1763700000025, AddTransactionsToAuditEvents1763700000030];
    const dataSource = new DataSource(dataSourceOptions({ url, entities: [SigningKey], migrations }));
    await migrate(await dataSource.initialize());
    await new KeyStore(dataSource, new Uint8Array(32)).ensure();
    const store = new KeyStore(dataSource, new Uint8Array(32).fill(1));
    await expect(store.ensure()).rejects.toThrow('KEY_ENCRYPTION_KEY does not decrypt');
    const lost = (await store.list()).map(({ kid }) => kid);
    const KEY_ENCRYPTION_KEY = Buffer.alloc(32, 1).toString('base64');
    const { stdout } = await keysCommand(['replace'], { ...cliEnvironment(), DATABASE_URL: url, KEY_ENCRYPTION_KEY });
    expect(stdout.trim().split('\n')).toHaveLength(2);
    await store.ensure();
    const keys = await store.list();
    expect(keys).toMatchObject([{ state: 'current' }, { state: 'next' }]);
    expect(keys.filter(({ kid }) => lost.includes(kid))).toEqual([]);
    await dataSource.destroy();
  });

  it('replaces a revoked key by the next one', async () => {
    const [stolen, next] = [await kidOf('current'), await kidOf('next')];
    await keysCommand(['revoke', stolen ?? '']);
    expect(await kidOf('current')).toBe(next);
    await expectAudited(running, 'key_revoked', { kid: stolen ?? '', actor_type: 'operator' });
    await eventually(async () => {
      expect((await published()).map(({ kid }) => kid)).not.toContain(stolen);
      expect(decodeProtectedHeader((await tokens()).accessToken).kid).toBe(next);
    });
  });
});

describe('npm run keys', () => {
  it('reads the settings that the launcher wrote', async () => {
    const data = await mkdtemp(join(tmpdir(), 'keys-spec-'));
    await mkdir(join(data, 'secrets'));
    const { DATABASE_URL, KEY_ENCRYPTION_KEY } = cliEnvironment();
    await writeFile(join(data, 'secrets/auth.env'), `DATABASE_URL=${DATABASE_URL}\nKEY_ENCRYPTION_KEY=${KEY_ENCRYPTION_KEY}\n`);
    // The DATABASE_URL in the environment is ignored.
    const { stdout } = await keysCommand(['list'], { REPUTABLE_DATA: data, DATABASE_URL: 'postgres://localhost:1/test' });
    expect(stdout).toContain(`${(await kidOf('current')) ?? ''}  current`);
    await rm(data, { recursive: true });
  });

  it.each([
    [[], 'npm run keys -- <command>'],
    [['turn'], 'Unknown command: turn'],
    [['revoke', 'x'], 'Key x does not exist.'],
  ])('answers %p in one line', async (args, says) => {
    const { stdout, stderr } = await keysCommand(args);
    expect(stdout + stderr).toContain(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('names the missing settings', async () => {
    const { stderr } = await keysCommand(['list'], { REPUTABLE_DATA: '/nowhere' });
    expect(stderr).toMatch(/DATABASE_URL is missing.*\nKEY_ENCRYPTION_KEY is missing/);
  });
});
