import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { AuditEventType, type Tokens } from '@reputable/contracts/auth/v1/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { newId } from '@reputable/database';
import { denied, eventually, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { aPerson, type AuthWorld, compiledCommand, sharedAuthWorld } from '../auth.fixture.ts';
import { audit } from './audit.ts';
import { AuditFailures, MAX_FAILURES } from './audit-failures.ts';
import { EVENT_TYPES } from './event-type.ts';

let running: AuthWorld;
let url: string;
beforeAll(async () => {
  running = await sharedAuthWorld();
  // A replica counts a bounded number of kinds of failures a minute, and other specs may have caused as many.
  running.auth = await running.world.restart(running.auth);
  await eventually(() => running.join(aPerson()));
  url = running.auth.databaseUrl;
});

interface Recorded {
  readonly type: string;
  readonly reason: string | null;
}

/** The events about a user, in order. */
const eventsOf = (userId: string) =>
  query<Recorded>(url, 'SELECT * FROM audit_event WHERE user_id = $1 ORDER BY recorded_at, id', [userId]);

/** A person with an account, logged in; with the JWT of the session. */
async function aMember() {
  const person = aPerson();
  const { tokens } = await running.join(person);
  const { userId = '', accessToken = '', refreshToken = '' } = tokens ?? {};
  return { ...person, userId, refreshToken, signed: await running.exchange(accessToken) };
}

const ADDRESS = '192.0.2.1';
const GATEWAY = 'spiffe://reputable.local/gateway';

describe('a log-in', () => {
  it('is recorded with its user, session, client, peer and address', async () => {
    const { userId } = await aMember();
    const [begun, logIn] = await eventsOf(userId);
    const session = (await query<{ id: string }>(url, 'SELECT id FROM session WHERE account_id = $1', [userId]))[0]?.id;
    const common = { outcome: 'success', count: 1, session_id: session, client_id: 'first-party', peer: GATEWAY, address: ADDRESS };
    expect(begun).toMatchObject({ ...common, type: 'session_begun' });
    expect(logIn).toMatchObject({ ...common, type: 'log_in', actor_type: 'user', actor_id: userId, details: { method: 'password' } });
  });

  it('does not happen if it cannot be recorded', async () => {
    const person = aPerson();
    const userId = await running.create(person);
    const refuse = 'ALTER TABLE audit_event ADD CONSTRAINT refused CHECK (user_id IS DISTINCT FROM ';
    await query(url, `${refuse}'${userId}') NOT VALID`);
    try {
      await expect((await running.authAs()).logIn(person)).rejects.toMatchObject(denied('INTERNAL'));
      expect(await query(url, 'SELECT 1 FROM session WHERE account_id = $1', [userId])).toEqual([]);
    } finally {
      await query(url, 'ALTER TABLE audit_event DROP CONSTRAINT refused');
    }
  });

  it('that fails is recorded with the reason, and repetitions are only counted', async () => {
    const { userId, email } = await aMember();
    const auth = await running.authAs();
    for (let turn = 0; turn < 3; turn += 1) {
      const attempt = auth.logIn({ ...aPerson(), email, password: 'wrong horse battery' });
      await expect(attempt).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    }
    const failures = await eventually(async () => {
      const found = (await eventsOf(userId)).filter(({ type, reason }) => type === 'log_in' && reason !== null);
      expect(found).toHaveLength(1);
      return found;
    });
    expect(failures[0]).toMatchObject({ outcome: 'failure', reason: 'CREDENTIALS_INVALID', actor_type: 'anonymous', address: ADDRESS });
  });

  it('that fails is recorded without the address of an unknown person', async () => {
    const stranger = { ...aPerson(), email: 'stranger-of-audit@example.com' };
    await expect((await running.authAs()).logIn(stranger)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await eventually(async () => {
      const rows = await query(url, "SELECT 1 FROM audit_event WHERE reason = 'CREDENTIALS_INVALID' AND user_id IS NULL");
      expect(rows.length).toBeGreaterThan(0);
    });
    expect(await query(url, "SELECT 1 FROM audit_event WHERE audit_event::text LIKE '%stranger-of-audit%'")).toEqual([]);
  });
});

describe('the end of a session is recorded', () => {
  it('after a log-out', async () => {
    const { userId, signed } = await aMember();
    await (await running.authAs({ token: signed })).logOut({ address: '192.0.2.8' });
    const logOut = { type: 'log_out', reason: 'logged_out', actor_id: userId, peer: GATEWAY, address: '192.0.2.8' };
    expect((await eventsOf(userId)).at(-1)).toMatchObject(logOut);
  });

  it('after the second use of a refresh token', async () => {
    const { userId, refreshToken } = await aMember();
    const auth = await running.authAs();
    const next = await auth.refresh({ refreshToken, address: ADDRESS });
    await auth.refresh({ refreshToken: next.tokens?.refreshToken ?? '', address: ADDRESS });
    await expect(auth.refresh({ refreshToken, address: '192.0.2.9' })).rejects.toMatchObject(denied('REFRESH_TOKEN_REUSED'));
    const last = (await eventsOf(userId)).at(-1);
    expect(last).toMatchObject({ type: 'token_reused', reason: 'used_twice', actor_type: 'client', address: '192.0.2.9' });
  });

  it('after a change of password, which is recorded too', async () => {
    const member = await aMember();
    await (await running.authAs()).logIn(member);
    const auth = await running.authAs({ token: member.signed });
    const change = { newPassword: 'a new horse battery', address: ADDRESS };
    await expect(auth.changePassword({ ...change, currentPassword: 'wrong horse battery' })).rejects.toMatchObject(
      denied('CREDENTIALS_INVALID'),
    );
    await auth.changePassword({ ...change, currentPassword: member.password });
    await eventually(async () => {
      const events = await eventsOf(member.userId);
      const common = { user_id: member.userId, actor_id: member.userId, address: ADDRESS };
      expect(events).toContainEqual(expect.objectContaining({ ...common, type: 'password_check', outcome: 'failure' }));
      expect(events).toContainEqual(expect.objectContaining({ ...common, type: 'password_changed', outcome: 'success' }));
      expect(events).toContainEqual(expect.objectContaining({ ...common, type: 'session_revoked', reason: 'password_changed' }));
    });
  });
});

it('personal access tokens are recorded when they are created and revoked', async () => {
  const { userId, signed } = await aMember();
  const auth = await running.authAs({ token: signed });
  const { personalAccessToken } = await auth.createPersonalAccessToken({ name: 'Backup', scopes: ['posts:read'], expiresInDays: 7 });
  await auth.endSession({ id: personalAccessToken?.id ?? '' });
  const events = await eventsOf(userId);
  const about = { session_id: personalAccessToken?.id, client_id: 'personal-access-token', actor_id: userId };
  expect(events.at(-2)).toMatchObject({ type: 'personal_access_token_created', ...about, details: { scope: 'posts:read', days: 7 } });
  expect(events.at(-1)).toMatchObject({ type: 'personal_access_token_revoked', reason: 'ended_by_user', ...about });
  expect(JSON.stringify(events)).not.toContain('Backup');
});

describe('a decision of the user service', () => {
  const decision = (type: AuditEventType) => ({
    ...{ id: newId(), userId: newId(), actorId: newId(), sessionId: newId(), clientId: 'first-party' },
    ...{ type, occurredAt: timestampFromMs(Date.parse('2026-01-31T09:00:00Z')) },
  });

  it.each([
    { type: 'role_granted', sent: AuditEventType.ROLE_GRANTED, role: 'MODERATOR' },
    { type: 'role_revoked', sent: AuditEventType.ROLE_REVOKED, role: 'ADMIN' },
    { type: 'user_suspended', sent: AuditEventType.USER_SUSPENDED, role: '' },
    { type: 'user_reinstated', sent: AuditEventType.USER_REINSTATED, role: '' },
  ])('is stored once, however often it is delivered: $type', async ({ type, sent, role }) => {
    const user = await running.authAs({ service: 'user' });
    const event = { ...decision(sent), role, peer: 'gateway', clientAddress: ADDRESS, traceId: 'a'.repeat(32), txn: newId() };
    await user.recordAuditEvent(event);
    await user.recordAuditEvent(event);
    expect(await eventsOf(event.userId)).toMatchObject([
      {
        ...{ type, actor_type: 'user', actor_id: event.actorId, session_id: event.sessionId, client_id: 'first-party' },
        ...{ peer: GATEWAY, address: ADDRESS, trace_id: event.traceId, txn: event.txn, details: role === '' ? {} : { role } },
        time: new Date('2026-01-31T09:00:00Z'),
      },
    ]);
  });

  it.each([
    ['no type', { type: AuditEventType.UNSPECIFIED }, 'type'],
    ['a text as the address', { clientAddress: 'ada@example.com' }, 'client_address'],
    ['a text as the trace', { traceId: 'x' }, 'trace_id'],
    ['a long text as the transaction', { txn: 'x'.repeat(201) }, 'txn'],
  ])('is refused with %s', async (_what, bad, field) => {
    const user = await running.authAs({ service: 'user' });
    const refused = user.recordAuditEvent({ ...decision(AuditEventType.USER_SUSPENDED), ...bad });
    await expect(refused).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field }] });
  });
});

describe('the table', () => {
  const insert = (recordedAt = 'now()') =>
    `INSERT INTO audit_event (id, time, recorded_at, type, outcome, count, actor_type, details)
     VALUES ('${newId()}', now(), ${recordedAt}, 'log_in', 'success', 1, 'user', '{}')`;

  it.each(['UPDATE audit_event SET outcome = outcome', 'DELETE FROM audit_event', 'TRUNCATE audit_event'])('refuses %s', async (sql) => {
    await query(url, insert());
    await expect(query(url, sql)).rejects.toThrow('audit_event is append-only');
  });

  it('has the time of the database, whatever a statement says', async () => {
    await query(url, insert("'2020-01-01'"));
    expect(await query(url, "SELECT 1 FROM audit_event WHERE recorded_at < now() - interval '1 day'")).toEqual([]);
  });

  it('keeps its clock, whatever functions the session finds first', async () => {
    await query(url, insert());
    const clock = (at: string) =>
      `CREATE FUNCTION audit_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '${at}' $$`;
    const begin = (at: string) => `BEGIN; CREATE SCHEMA audit_clock; ${clock(at)}; SET LOCAL search_path = audit_clock, pg_catalog, public`;
    const refused = query(url, `${begin('2199-01-01')}; DELETE FROM audit_event; COMMIT`);
    await expect(refused).rejects.toThrow('audit_event is append-only');
    await query(url, `${begin('2020-01-01')}; ${insert()}; DROP SCHEMA audit_clock CASCADE; COMMIT`);
    expect(await query(url, "SELECT 1 FROM audit_event WHERE recorded_at < now() - interval '1 day'")).toEqual([]);
  });

  it('gives up events that are older than 30 days', async () => {
    const old = (
      days: number,
    ) => `BEGIN; ALTER TABLE audit_event DISABLE TRIGGER audit_event_stamp; ${insert(`now() - interval '${String(days)} days'`)};
      ALTER TABLE audit_event ENABLE TRIGGER audit_event_stamp; COMMIT`;
    await query(url, old(31));
    await query(url, old(29));
    await query(url, "DELETE FROM audit_event WHERE recorded_at < now() - interval '30 days'");
    const left = "SELECT extract(day FROM now() - recorded_at)::int AS days FROM audit_event WHERE recorded_at < now() - interval '1 day'";
    expect(await query(url, left)).toEqual([{ days: 29 }]);
  });
});

describe('failures', () => {
  it('of any number of kinds take a bounded number of rows', async () => {
    const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
    const failures = new AuditFailures(dataSource);
    const client = `flood-${newId()}`;
    for (let turn = 0; turn < 10_000; turn += 1)
      failures.note({ type: 'log_in', reason: `KIND_${String(turn % 1_000)}`, clientId: client });
    await failures.onModuleDestroy();
    await dataSource.destroy();
    const stored = 'SELECT sum(count)::int AS failures, count(*)::int AS rows FROM audit_event WHERE client_id = $1';
    expect(await query(url, stored, [client])).toEqual([{ failures: 10 * MAX_FAILURES, rows: 2 * MAX_FAILURES }]);
    const [dropped] = await query(url, "SELECT count FROM audit_event WHERE type = 'events_dropped' ORDER BY recorded_at DESC LIMIT 1");
    expect(dropped).toEqual({ count: 10_000 - 10 * MAX_FAILURES });
  });
});

it('failures of calls that outlast the begin of a shutdown are stored', async () => {
  const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
  const failures = new AuditFailures(dataSource);
  const clientId = `late-${newId()}`;
  await failures.onModuleDestroy();
  for (let turn = 0; turn < 3; turn += 1) failures.note({ type: 'log_in', reason: 'CREDENTIALS_INVALID', clientId });
  await eventually(async () => {
    const stored = 'SELECT sum(count)::int AS failures FROM audit_event WHERE client_id = $1';
    expect(await query(url, stored, [clientId])).toEqual([{ failures: 3 }]);
  });
  await dataSource.destroy();
});

describe('npm run audit', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [...compiledCommand('audit'), ...args], {
      env: { DATABASE_URL: url, REPUTABLE_DATA: running.world.folder },
    });
  const exported = async (...args: string[]) =>
    (await run(...args)).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Recorded & { readonly time: string });

  it('prints the events of a user, without the key of auth', async () => {
    const { userId, signed } = await aMember();
    await (await running.authAs({ token: signed })).logOut({});
    const events = await exported('--user', userId);
    expect(events.map(({ type }) => type)).toEqual(['session_begun', 'log_in', 'log_out']);
    expect(events[1]).toEqual({
      ...{ id: expect.any(String), time: expect.any(String), recordedAt: expect.any(String), session: expect.any(String) },
      ...{ type: 'log_in', outcome: 'success', count: 1, actor: { type: 'user', id: userId }, user: userId },
      ...{ client: 'first-party', peer: GATEWAY, address: ADDRESS, details: { method: 'password' } },
    });
    expect(Math.abs(Date.parse(events[1]?.time ?? '') - Date.now())).toBeLessThan(60_000);
    expect(await exported('--user', userId, '--type', 'log_out', '--since', new Date(Date.now() - 60_000).toISOString())).toHaveLength(1);
    expect((await run('--user', userId, '--since', new Date(Date.now() + 60_000).toISOString())).stdout).toBe('');
  });

  it('prints the events of a transaction, of auth and of other services', async () => {
    const { userId, accessToken } = (await running.join(aPerson())).tokens as Tokens;
    const subject = { subjectToken: await running.exchange(accessToken), audience: TRUST_DOMAIN, scope: '' };
    const { accessToken: token } = await (
      await running.authAs()
    ).issueTransactionToken({ ...subject, rpc: 'reputable.auth.v1.AuthService/LogOut' });
    const txn = String(decodeJwt(token)['txn']);
    await (await running.authAs({ token })).logOut({});
    const elsewhere = { id: newId(), userId, actorId: userId, type: AuditEventType.ROLE_GRANTED, occurredAt: timestampFromMs(Date.now()) };
    await (await running.authAs({ service: 'user' })).recordAuditEvent({ ...elsewhere, txn });
    expect((await exported('--txn', txn)).map(({ type }) => type)).toEqual(['log_out', 'role_granted']);
    expect((await exported('--user', userId)).map((event) => (event as { txn?: string }).txn)).toEqual([undefined, undefined, txn, txn]);
  });

  it('runs the command in docs/audit.md', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/audit.md'), 'utf8');
    const [, options = ''] = /^npm run audit -- (.*)$/m.exec(page) ?? [];
    expect((await run(...options.split(' '))).stdout).toBe('');
  });

  it('prints all pages', async () => {
    const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
    const userId = newId();
    await audit(dataSource.manager, ...Array.from({ length: 2_500 }, () => ({ type: 'log_in', userId }) as const));
    await dataSource.destroy();
    const ids = (await exported('--user', userId)).map((event) => (event as unknown as { id: string }).id);
    expect(new Set(ids).size).toBe(2_500);
  });

  it.each([
    ['an unknown type', ['--type', 'nonsense'], 'Unknown type: nonsense'],
    ['a wrong time', ['--since', 'yesterday'], 'Invalid time: yesterday'],
    ['a wrong user', ['--user', 'ada'], 'Invalid user id: ada'],
    ['a wrong transaction', ['--txn', 'one'], 'Invalid txn: one'],
  ])('with %s says so', async (_what, args, says) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
  });
});

describe('each type', () => {
  const root = join(import.meta.dirname, '../../../..');

  it('is in docs/audit.md, and no other is', () => {
    const [, page = ''] = readFileSync(join(root, 'docs/audit.md'), 'utf8').split('\n## ');
    expect([...page.matchAll(/^\| `(\w+)` /gm)].map(([, type]) => type).toSorted()).toEqual([...EVENT_TYPES].toSorted());
  });

  it('is expected by a spec', () => {
    const source = join(import.meta.dirname, '..');
    const specs = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.spec.ts'));
    const text = specs.map((file) => readFileSync(join(source, file), 'utf8')).join('\n');
    expect(EVENT_TYPES.filter((type) => !new RegExp(`(type:|toBe\\(|expectAudited\\(\\w+,|type =) '${type}'`).test(text))).toEqual([]);
  });
});
