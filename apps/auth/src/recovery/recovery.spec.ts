import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dataSourceOptions, migrate } from '@reputable/database';
import { createTestDatabase } from '@reputable/testing';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { compiledCommand } from '../auth.fixture.ts';
import { KeyStore } from '../key/key-store.ts';
import { holdLogIn } from '../record/delete-records.ts';
import { issuePoint, revokeUser } from '../revocation/revoke.ts';
import { schema } from '../schema.ts';

const KEY = Buffer.alloc(32, 7);

let dataSource: DataSource;
let keys: KeyStore;
let url: string;
beforeAll(async () => {
  url = await createTestDatabase('auth');
  dataSource = await new DataSource(dataSourceOptions({ url, ...schema })).initialize();
  await migrate(dataSource);
  keys = new KeyStore(dataSource, KEY);
  await keys.ensure();
});
afterAll(async () => {
  await dataSource.destroy();
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const recover = (...args: string[]): Promise<Outcome> =>
  promisify(execFile)(process.execPath, [...compiledCommand('recover'), ...args], {
    env: { DATABASE_URL: url, KEY_ENCRYPTION_KEY: KEY.toString('base64') },
  })
    .then((output) => ({ code: 0, ...output }))
    .catch((error: unknown) => error as Outcome);

const rows = <Row extends object>(sql: string, values: unknown[] = []) => dataSource.query<Row[]>(sql, values);

/** Creates live sessions of one account. */
async function sessions(count: number, logIn: string | null = null): Promise<void> {
  const accountId = randomUUID();
  await rows("INSERT INTO account (id, email, password_hash, state) VALUES ($1, $2, 'hash', 'active')", [
    accountId,
    `${accountId}@example.com`,
  ]);
  await rows(
    `INSERT INTO session (id, account_id, client_id, device, login_uid, expires_at)
     SELECT uuidv7(), $1, 'gateway', 'Jest', $2, now() + interval '1 day' FROM generate_series(1, $3)`,
    [accountId, logIn, count],
  );
}

describe('npm run recover -- after-restore', () => {
  it('ends all sessions, in more than one transaction, and revokes their tokens', async () => {
    await sessions(501);
    expect(await recover('after-restore')).toMatchObject({ code: 0, stdout: 'Ended sessions: 501. Replaced signing keys: 2.\n' });
    expect(await rows('SELECT 1 FROM session WHERE ended_at IS NULL')).toEqual([]);
    expect(await rows("SELECT 1 FROM revocation WHERE subject_kind = 'session'")).toHaveLength(501);
    const [event] = await rows<object>("SELECT actor_type, details FROM audit_event WHERE type = 'database_restored'");
    expect(event).toEqual({ actor_type: 'operator', details: { sessions: 501, keys: 2 } });
  });

  it('ends log-ins, and deletes tokens, browser sessions, links, and the last known claims', async () => {
    const hash = Buffer.alloc(32, 1);
    const expiry = "now() + interval '1 day'";
    await sessions(1, 'log-in of a session');
    await rows(`INSERT INTO oauth_record (model, hash, payload, uid, expires_at) VALUES ('Session', $1, '{}', 'log-in', ${expiry})`, [
      hash,
    ]);
    await rows(`INSERT INTO oauth_record (model, hash, payload, expires_at) VALUES ('RefreshToken', $1, '{}', ${expiry})`, [hash]);
    await rows(`INSERT INTO browser_session (id_hash, sealed, expires_at) VALUES ($1, '', ${expiry})`, [hash]);
    await rows(
      `INSERT INTO one_time_link (id, purpose, token_hash, account_id, email, expires_at)
       SELECT uuidv7(), 'reset_password', $1, id, email, ${expiry} FROM account LIMIT 1`,
      [hash],
    );
    await rows(
      `INSERT INTO registration (id, token_hash, email, password_hash, display_name, expires_at)
       VALUES (uuidv7(), $1, 'new@example.com', 'hash', 'New', ${expiry})`,
      [hash],
    );
    await rows("INSERT INTO kept_claims (user_id, claims, rev, read_at) SELECT id, '{}', 0, now() FROM account LIMIT 1");
    await recover('after-restore');
    for (const table of ['oauth_record', 'browser_session', 'one_time_link', 'registration', 'kept_claims'])
      expect(await rows(`SELECT 1 FROM ${table}`)).toEqual([]);
    for (const uid of ['log-in', 'log-in of a session']) expect(await dataSource.transaction((tx) => holdLogIn(tx, uid))).toBe(false);
  });

  it('replaces every signing key, retired ones too', async () => {
    await rows("UPDATE signing_key SET created_at = now() - interval '1 day'");
    await keys.rotate();
    const before = (await keys.list()).map(({ kid }) => kid);
    expect(before).toHaveLength(3);
    expect(await recover('after-restore')).toMatchObject({ stdout: 'Ended sessions: 0. Replaced signing keys: 3.\n' });
    const after = await keys.list();
    expect(after.map(({ state }) => state).sort()).toEqual(['current', 'next']);
    expect(after.filter(({ kid }) => before.includes(kid))).toEqual([]);
  });

  it('gives revocations higher numbers than any before, also the second time', async () => {
    const [{ number: before } = { number: 0 }] = await rows<{ number: number }>("SELECT nextval('revocation_number')::float8 AS number");
    // The lost database issued these numbers.
    const lost = before + 1_000;
    await recover('after-restore');
    const point = await issuePoint(dataSource.manager);
    expect(point.rev).toBeGreaterThan(lost);
    const id = randomUUID();
    await revokeUser(dataSource.manager, id, randomUUID());
    const [revocation] = await rows<{ number: number }>('SELECT number::float8 FROM revocation WHERE id = $1', [id]);
    expect(revocation?.number).toBe(point.rev + 1);
    await recover('after-restore');
    const again = await issuePoint(dataSource.manager);
    expect(again.rev).toBeGreaterThan(point.rev + 1_000);
    expect(Number.isSafeInteger(again.rev)).toBe(true);
  });

  it('names a key that does not decrypt the signing keys, and changes no session', async () => {
    await sessions(1);
    const env = { DATABASE_URL: url, KEY_ENCRYPTION_KEY: Buffer.alloc(32, 8).toString('base64') };
    const failed = promisify(execFile)(process.execPath, [...compiledCommand('recover'), 'after-restore'], { env });
    await expect(failed).rejects.toThrow('KEY_ENCRYPTION_KEY does not decrypt');
    expect(await rows('SELECT 1 FROM session WHERE ended_at IS NULL')).toHaveLength(1);
  });

  it('refuses an unknown command, and prints its help without one', async () => {
    const unknown = await recover('now');
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toContain('Unknown command: now');
    expect((await recover()).stdout).toContain('npm run recover -- after-restore');
  });
});
