import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { AuditEventType, type SecurityEvent } from '@reputable/contracts/auth/v1/auth';
import { Code } from '@reputable/errors';
import { denied, eventually, query } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { aPerson, type AuthWorld, expectAudited, sharedAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;
beforeAll(async () => {
  running = await sharedAuthWorld();
});

/** A member who has logged in. @param ageS how long ago, in seconds */
async function aMember({ hasPassword = true, ageS = 0 } = {}) {
  const person = aPerson();
  const { tokens } = await running.join(person);
  const { accessToken = '', userId: id = '' } = tokens ?? {};
  const { databaseUrl } = running.auth;
  if (!hasPassword) await query(databaseUrl, 'UPDATE account SET password_hash = NULL WHERE id = $1', [id]);
  await query(
    databaseUrl,
    `UPDATE oauth_record SET payload = jsonb_set(payload, '{extra,auth_time}', to_jsonb((payload #>> '{extra,auth_time}')::int - $2))
     WHERE model = 'AccessToken' AND payload ->> 'accountId' = $1`,
    [id, ageS],
  );
  return { person, id, auth: await running.authAs({ token: await running.exchange(accessToken) }) };
}

type Member = Awaited<ReturnType<typeof aMember>>;

const authorize = ({ auth, person }: Member, currentPassword = person.password) =>
  auth.authorizeDataExport({ currentPassword, address: person.address });

const eventsOf = async ({ auth }: Member): Promise<SecurityEvent[]> => (await auth.listSecurityEvents({ pageSize: 100 })).events;

describe('an export', () => {
  it('is recorded in the audit log', async () => {
    const member = await aMember();
    await authorize(member);
    await expectAudited(running, 'data_exported', { user_id: member.id, actor_id: member.id, address: member.person.address });
  });

  it('needs the password, within the limits on wrong ones (A15)', async () => {
    const member = await aMember();
    await expect(authorize(member, '')).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    for (let turn = 0; turn < 5; turn += 1)
      await expect(authorize(member, 'wrong horse battery')).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(authorize(member)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    expect((await eventsOf(member)).map(({ type }) => type)).not.toContain('data_exported');
  });

  it('needs a recent log-in if the account has no password', async () => {
    const late = await aMember({ hasPassword: false, ageS: 310 });
    await expect(authorize(late, '')).rejects.toMatchObject({ ...denied('LOG_IN_NOT_RECENT'), code: Code.FAILED_PRECONDITION });
    await authorize(await aMember({ hasPassword: false, ageS: 200 }), '');
  });

  it('is allowed five times an hour to each user, also at once', async () => {
    // Without a password, because a service that is busy with hashes refuses.
    const [member, other] = [await aMember({ hasPassword: false }), await aMember({ hasPassword: false })];
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => authorize(member, '')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    await expect(authorize(member, '')).rejects.toMatchObject({ ...denied('TOO_MANY_ATTEMPTS'), code: Code.RESOURCE_EXHAUSTED });
    expect((await eventsOf(member)).filter(({ type }) => type === 'data_exported')).toHaveLength(5);
    await authorize(other, '');
  });
});

describe('the security events of a user', () => {
  it('are all of the audit log about the user, page by page, latest first', async () => {
    const [member, other] = [await aMember(), await aMember()];
    for (const each of [member, other]) await authorize(each);
    const found: SecurityEvent[] = [];
    let pageToken = '';
    do {
      const { events, nextPageToken } = await member.auth.listSecurityEvents({ pageSize: 2, pageToken });
      expect(events.length).toBeLessThanOrEqual(2);
      found.push(...events);
      pageToken = nextPageToken;
    } while (pageToken !== '');
    const stored = 'SELECT id FROM audit_event WHERE user_id = $1 ORDER BY id DESC';
    expect(found.map(({ id }) => ({ id }))).toEqual(await query(running.auth.databaseUrl, stored, [member.id]));
    const logIn = found.find(({ type }) => type === 'log_in');
    expect(logIn).toMatchObject({ succeeded: true, byUser: true, count: 1, clientId: 'first-party', details: { method: 'password' } });
    expect(logIn?.address).toBe(member.person.address);
  });

  it('have no address and no session of others', async () => {
    const member = await aMember();
    const [admin, session] = [randomUUID(), randomUUID()];
    const user = await running.authAs({ service: 'user' });
    await user.recordAuditEvent({
      ...{ id: randomUUID(), userId: member.id, actorId: admin, sessionId: session, clientId: 'first-party', role: 'MODERATOR' },
      ...{ type: AuditEventType.ROLE_GRANTED, occurredAt: timestampFromMs(Date.now()), clientAddress: '198.51.100.99' },
    });
    const stranger = { ...member.person, password: 'wrong horse battery', address: '198.51.100.98' };
    await expect((await running.authAs()).logIn(stranger)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    const events = await eventually(async () => {
      const all = await eventsOf(member);
      expect(all.map(({ type, succeeded }) => `${type} ${String(succeeded)}`)).toEqual(
        expect.arrayContaining(['role_granted true', 'log_in false']),
      );
      return all;
    });
    const ofOthers = { byUser: false, address: '', sessionId: '' };
    expect(events.find(({ type }) => type === 'role_granted')).toMatchObject({ ...ofOthers, clientId: '', details: { role: 'MODERATOR' } });
    expect(events.find(({ succeeded }) => !succeeded)).toMatchObject({ ...ofOthers, type: 'log_in', reason: 'CREDENTIALS_INVALID' });
    for (const secret of [admin, session, '198.51.100.']) expect(JSON.stringify(events, shown)).not.toContain(secret);
  });
});

it('sessions that have ended are listed on demand', async () => {
  const member = await aMember();
  await (await running.authAs()).logIn(member.person);
  await member.auth.endOtherSessions({});
  expect((await member.auth.listSessions({})).sessions).toHaveLength(1);
  const { sessions } = await member.auth.listSessions({ includeEnded: true });
  expect(sessions.map(({ current, endReason, endedAt }) => [current, endReason, endedAt !== undefined])).toEqual([
    [false, 'ended_by_user', true],
    [true, '', false],
  ]);
});

/** JSON has no bigint. */
const shown = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
