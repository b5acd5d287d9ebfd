import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Tokens } from '@reputable/contracts/auth/v1/auth';
import { aUser, type Denied, denied, Durations, eventually, HeldLock, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { createHash } from 'node:crypto';
import { aPerson, type AuthWorld, sharedAuthWorld, startOtherAuth } from '../auth.fixture.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await sharedAuthWorld();
});

type Person = ReturnType<typeof aPerson>;

/** A client's tokens, and the JWT that the gateway gets for the opaque access token. */
type Held = Pick<Tokens, 'accessToken' | 'refreshToken' | 'userId'> & { readonly signed: string };

async function held({ tokens }: { tokens?: Tokens | undefined }): Promise<Held> {
  const { accessToken, refreshToken, userId } = tokens as Tokens;
  return { accessToken, refreshToken, userId, signed: await running.exchange(accessToken) };
}

/** A person with an account, and the tokens of the first session. */
async function aMember(): Promise<Person & Held> {
  const person = aPerson();
  return { ...person, ...(await held(await running.join(person))) };
}

async function logIn(person: Person): Promise<Held> {
  return held(await (await running.authAs()).logIn(person));
}

async function refresh(refreshToken: string): Promise<Held> {
  return held(await (await running.authAs()).refresh({ refreshToken, address: '192.0.2.1' }));
}

const sessionOf = ({ signed }: Held) => String(decodeJwt(signed).sid);
const authAs = ({ signed }: Held) => running.authAs({ token: signed });

/** How often each timed operation runs. */
const TURNS = 15;

describe('a log-in', () => {
  it('begins a session of its own', async () => {
    const member = await aMember();
    const [one, two] = [await logIn(member), await logIn(member)];
    expect(new Set([member, one, two].map(sessionOf)).size).toBe(3);
    expect([one.userId, two.userId]).toEqual([member.userId, member.userId]);
  });

  it('answers a wrong password and an unknown address alike, after the same time', async () => {
    const auth = await running.authAs();
    const members = await Promise.all(Array.from({ length: TURNS }, aMember));
    const times = new Durations<'known' | 'unknown'>();
    const refused = (person: Person) => expect(auth.logIn(person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID', {}));
    for (const member of members) {
      await times.measure('known', () => refused({ ...member, password: 'wrong horse battery' }));
      await times.measure('unknown', () => refused(aPerson()));
    }
    // Without a hash for an unknown address, the factor would be three or more.
    expect(times.ratio('known', 'unknown')).toBeGreaterThan(1 / 2.5);
    expect(times.ratio('known', 'unknown')).toBeLessThan(2.5);
  });

  it.each([
    ['no password', { password: '' }, 'password'],
    ['a long password', { password: 'x'.repeat(129) }, 'password'],
    ['no address', { email: 'x' }, 'email'],
    ['a long device', { device: 'x'.repeat(201) }, 'device'],
    ['a huge password', { password: 'x'.repeat(1_000_000) }, 'password'],
    ['no IP address', { address: '192.0.2.256' }, 'address'],
  ])('refuses %s before it hashes a password', async (_, bad, field) => {
    const refused = (await running.authAs()).logIn({ ...aPerson(), ...bad });
    await expect(refused).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field }] });
  });

  it('is refused at once if too many wait: of a hundred concurrent ones, some succeed and the others fail', async () => {
    const auth = await running.authAs();
    const member = await aMember();
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => auth.logIn(aPerson())));
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as Denied).reason] : []));
    expect(reasons).toContain('CREDENTIALS_INVALID');
    expect(reasons).toContain('TOO_BUSY');
    // On a slow machine the last accepted log-ins exceed their deadline.
    expect(reasons.filter((reason) => !['CREDENTIALS_INVALID', 'TOO_BUSY', 'DEADLINE_EXCEEDED'].includes(reason))).toEqual([]);
    await logIn(member);
  });

  it('is refused to a suspended user', async () => {
    const member = await aMember();
    const users = await running.userAs({ token: await adminToken() });
    await users.suspendUser({ userId: member.userId, reason: 'Spam.' });
    await expect(logIn(member)).rejects.toMatchObject(denied('USER_SUSPENDED'));
    await expect(refresh(member.refreshToken)).rejects.toMatchObject(denied('USER_SUSPENDED'));
    const stranger = { ...member, password: 'wrong horse battery' };
    await expect(logIn(stranger)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await users.reinstateUser({ userId: member.userId });
    await refresh(member.refreshToken);
  });
});

/** The tokens of a user whom the database made an admin. */
async function adminToken(): Promise<string> {
  const admin = await aMember();
  await query(running.user.databaseUrl, "UPDATE profile SET roles = '{ADMIN}', reputation_sum = 41 WHERE id = $1", [admin.userId]);
  return (await logIn(admin)).signed;
}

describe('a refresh', () => {
  it("returns new tokens of the same session, with the user's current claims", async () => {
    const member = await aMember();
    await query(running.user.databaseUrl, "UPDATE profile SET roles = '{MODERATOR}', reputation_sum = 119 WHERE id = $1", [member.userId]);
    const next = await refresh(member.refreshToken);
    expect(sessionOf(next)).toBe(sessionOf(member));
    expect(next.refreshToken).not.toBe(member.refreshToken);
    expect(decodeJwt(next.signed)).toMatchObject({ sub: member.userId, roles: ['MODERATOR'], reputation: 120 });
    await refresh(next.refreshToken);
  });

  /** The second use of a token whose successor `next` is still unused, `seconds` after the first. */
  async function usedAgain(token: string, seconds: number): Promise<Held> {
    await query(running.auth.databaseUrl, 'UPDATE oauth_record SET consumed_at = now() - make_interval(secs => $2) WHERE hash = $1', [
      createHash('sha256').update(token).digest(),
      seconds,
    ]);
    return refresh(token);
  }

  it('that is repeated gets the same tokens, like twenty at once, and ends no session', async () => {
    const member = await aMember();
    const auth = await running.authAs();
    const { refreshToken } = member;
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.refresh({ refreshToken, address: '192.0.2.1' })));
    expect(new Set(answers.map(({ tokens }) => `${tokens?.accessToken ?? ''} ${tokens?.refreshToken ?? ''}`)).size).toBe(1);
    const [first] = await Promise.all(answers.slice(0, 1).map(held));
    const again = await usedAgain(refreshToken, 7);
    expect(again).toMatchObject({ accessToken: first?.accessToken, refreshToken: first?.refreshToken });
    expect(sessionOf(again)).toBe(sessionOf(member));
    await refresh(again.refreshToken);
  });

  it('that waits for a lock can be repeated for as long as another, counted from the end of the wait', async () => {
    const { refreshToken } = await aMember();
    const hash = createHash('sha256').update(refreshToken).digest();
    const { databaseUrl } = running.auth;
    await using lock = await HeldLock.take(databaseUrl, 'LOCK TABLE oauth_record IN SHARE MODE');
    const refreshed = refresh(refreshToken);
    await lock.isAwaited();
    const unlockedAt = await lock.release();
    await refreshed;
    const [row] = await query<{ at: Date }>(databaseUrl, 'SELECT consumed_at AS at FROM oauth_record WHERE hash = $1', [hash]);
    expect(row?.at.getTime()).toBeGreaterThanOrEqual(unlockedAt.getTime());
  });

  it('and a log-out at once wait for each other in one order, so that the log-out always succeeds', async () => {
    const member = await aMember();
    const id = sessionOf(member);
    await query(running.auth.databaseUrl, 'UPDATE session SET last_used_at = created_at WHERE id = $1', [id]);
    // A log-out that is slow after its first lock.
    await using loggingOut = await HeldLock.take(running.auth.databaseUrl, `SELECT 1 FROM session WHERE id = '${id}' FOR UPDATE`);
    const refused = expect(refresh(member.refreshToken)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    await loggingOut.isAwaited();
    await loggingOut.release(
      `UPDATE session SET ended_at = now(), end_reason = 'logged_out' WHERE id = '${id}'`,
      `DELETE FROM oauth_record WHERE grant_id = '${id}'`,
    );
    await refused;
  });

  it('states the rest of the lifetime when it is repeated', async () => {
    const { refreshToken } = await aMember();
    const auth = await running.authAs();
    const ask = async () => Number((await auth.refresh({ refreshToken, address: '192.0.2.1' })).tokens?.expiresIn);
    const first = await ask();
    expect(await ask()).toBeLessThan(first);
    expect(await ask()).toBeGreaterThan(first - 10);
  });

  it.each([
    ['after the new token was used', (token: string, next: Held) => refresh(next.refreshToken).then(() => refresh(token))],
    ['eleven seconds later', (token: string) => usedAgain(token, 11)],
  ])('ends the session if it is repeated %s', async (_, repeat) => {
    const member = await aMember();
    const next = await refresh(member.refreshToken);
    await expect(repeat(member.refreshToken, next)).rejects.toMatchObject(denied('REFRESH_TOKEN_REUSED'));
    await expect(refresh(next.refreshToken)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    // Only that session ended.
    await logIn(member);
  });

  it('ends the session if it is repeated at all with REFRESH_RETRY_S=0, which stores no answer', async () => {
    const other = await startOtherAuth({ REFRESH_RETRY_S: '0' });
    try {
      const auth = await other.authAs();
      const use = async (refreshToken = '') => (await auth.refresh({ refreshToken, address: '192.0.2.1' })).tokens?.refreshToken;
      const first = (await other.join(aPerson())).tokens?.refreshToken;
      const second = await use(first);
      const stored = 'SELECT count(*)::int AS answers FROM oauth_record WHERE answer IS NOT NULL';
      expect(await query(other.auth.databaseUrl, stored)).toEqual([{ answers: 0 }]);
      await expect(use(first)).rejects.toMatchObject(denied('REFRESH_TOKEN_REUSED'));
      await expect(use(second)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    } finally {
      await other.auth.stop();
    }
  });

  it('that is repeated gets no tokens of an ended session, or of a suspended user', async () => {
    const member = await aMember();
    const next = await refresh(member.refreshToken);
    const users = await running.userAs({ token: await adminToken() });
    await users.suspendUser({ userId: member.userId, reason: 'Spam.' });
    await expect(refresh(member.refreshToken)).rejects.toMatchObject(denied('USER_SUSPENDED'));
    await users.reinstateUser({ userId: member.userId });
    await (await authAs(next)).logOut({});
    await expect(refresh(member.refreshToken)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
  });

  it('keeps its answer encrypted, for a minute', async () => {
    const { refreshToken } = await aMember();
    const next = await refresh(refreshToken);
    const rows = await query(running.auth.databaseUrl, 'SELECT answer FROM oauth_record WHERE answer IS NOT NULL');
    expect(rows).not.toEqual([]);
    for (const secret of [next.refreshToken, next.accessToken]) expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('can be retried after the user service was down, if auth has no claims of the user', async () => {
    const { refreshToken, userId } = await aMember();
    await query(running.auth.databaseUrl, 'DELETE FROM kept_claims WHERE user_id = $1', [userId]);
    running.toUser.down();
    try {
      await expect(refresh(refreshToken)).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE', { service: 'user' }));
    } finally {
      await running.toUser.up();
    }
    await eventually(() => refresh(refreshToken));
  });

  it.each([
    ['an unknown', 'x'.repeat(43), 'REFRESH_TOKEN_INVALID'],
    ['a malformed', 'not a token', 'REFRESH_TOKEN_INVALID'],
    ['an empty', '', 'INVALID_FIELD'],
    ['a huge', 'x'.repeat(500_000), 'INVALID_FIELD'],
  ])('refuses %s token', async (_, token, reason) => {
    await expect(refresh(token)).rejects.toMatchObject(denied(reason));
  });

  it('refuses another spelling of the same bytes, and the token stays valid', async () => {
    const { refreshToken } = await aMember();
    const bytes = Buffer.from(refreshToken, 'base64url');
    for (const spelling of [`${refreshToken}=`, ` ${refreshToken}`, bytes.toString('hex')]) {
      await expect(refresh(spelling)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    }
    await refresh(refreshToken);
  });

  it('refuses a token of an expired session', async () => {
    const member = await aMember();
    await query(running.auth.databaseUrl, "UPDATE session SET expires_at = now() - interval '1 second' WHERE account_id = $1", [
      member.userId,
    ]);
    await expect(refresh(member.refreshToken)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
  });

  it('stores no usable token', async () => {
    const { accessToken, refreshToken, signed } = await aMember();
    const rows = await query<{ model: string; hash: Buffer; text: string; days: number }>(
      running.auth.databaseUrl,
      `SELECT model, hash, payload::text AS text, extract(epoch FROM expires_at - now())::float8 / 86400 AS days
       FROM oauth_record WHERE grant_id = $1 ORDER BY model`,
      [decodeJwt(signed).sid],
    );
    expect(rows.map(({ model }) => model)).toEqual(['AccessToken', 'Grant', 'RefreshToken']);
    for (const { hash, text } of rows) {
      expect(hash).toHaveLength(32);
      for (const token of [accessToken, refreshToken]) {
        expect(text).not.toContain(token);
        expect(hash.equals(Buffer.from(token, 'base64url'))).toBe(false);
      }
    }
    expect(rows[2]?.days).toBeCloseTo(30, 2);
  });
});

describe('a log-out', () => {
  it('ends the session of the token; a concurrent second one is no error', async () => {
    const member = await aMember();
    const other = await logIn(member);
    const auth = await authAs(member);
    await Promise.all([auth.logOut({}), auth.logOut({})]);
    await expect(refresh(member.refreshToken)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    await refresh(other.refreshToken);
  });

  it('requires a token of ours', async () => {
    await expect((await running.authAs()).logOut({})).rejects.toMatchObject(denied('TOKEN_MISSING'));
    const another = await running.authAs({ user: aUser() });
    await expect(another.logOut({})).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });
});

describe('the sessions of a user', () => {
  it('are listed by page, newest first, and mark the current one', async () => {
    const member = await aMember();
    const second = await logIn({ ...member, device: 'Firefox' });
    const third = await logIn({ ...member, device: '' });
    const auth = await authAs(second);
    const page = await auth.listSessions({ pageSize: 2 });
    expect(page.sessions).toMatchObject([
      { id: sessionOf(third), device: '', current: false },
      { id: sessionOf(second), device: 'Firefox', current: true },
    ]);
    const rest = await auth.listSessions({ pageSize: 2, pageToken: page.nextPageToken });
    expect(rest).toMatchObject({ sessions: [{ id: sessionOf(member), device: 'Jest' }], nextPageToken: '' });
  });

  it('have the time of their last use', async () => {
    const member = await aMember();
    const lastUsedAt = async () => Number((await (await authAs(member)).listSessions({})).sessions[0]?.lastUsedAt?.seconds);
    for (const use of [() => refresh(member.refreshToken), () => running.exchange(member.accessToken)]) {
      await query(running.auth.databaseUrl, "UPDATE session SET last_used_at = '2020-01-01' WHERE account_id = $1", [member.userId]);
      await use();
      expect(await lastUsedAt()).toBeGreaterThan(Date.now() / 1000 - 60);
    }
  });

  it('can be ended one by one, and are no longer listed', async () => {
    const member = await aMember();
    const stolen = await logIn(member);
    const auth = await authAs(member);
    await auth.endSession({ id: sessionOf(stolen) });
    await expect(refresh(stolen.refreshToken)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    expect((await auth.listSessions({})).sessions).toHaveLength(1);
    await expect(auth.endSession({ id: sessionOf(stolen) })).rejects.toMatchObject(denied('SESSION_NOT_FOUND', { id: sessionOf(stolen) }));
  });

  it('can be ended all but the current one, which continues', async () => {
    const [member, another] = [await aMember(), await aMember()];
    const others = [await logIn(member), await logIn(member)];
    const auth = await authAs(member);
    expect(await auth.endOtherSessions({})).toMatchObject({ ended: 2 });
    expect(await auth.endOtherSessions({})).toMatchObject({ ended: 0 });
    for (const { refreshToken } of others) await expect(refresh(refreshToken)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    expect((await auth.listSessions({})).sessions).toMatchObject([{ id: sessionOf(member), current: true }]);
    for (const { refreshToken } of [member, another]) await refresh(refreshToken);
  });

  it('cannot be listed or ended by another user', async () => {
    const [member, other] = [await aMember(), await aMember()];
    const auth = await authAs(other);
    await expect(auth.endSession({ id: sessionOf(member) })).rejects.toMatchObject(denied('SESSION_NOT_FOUND'));
    expect((await auth.listSessions({})).sessions).toMatchObject([{ id: sessionOf(other) }]);
    await refresh(member.refreshToken);
  });

  it.each([
    ['a page of 101', { pageSize: 101 }, 'page_size'],
    ['an invalid page token', { pageToken: 'x' }, 'page_token'],
  ])('refuse %s', async (_, bad, field) => {
    const refused = (await authAs(await aMember())).listSessions(bad);
    await expect(refused).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field }] });
  });

  it('refuse an invalid id', async () => {
    const refused = (await authAs(await aMember())).endSession({ id: 'x' });
    await expect(refused).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field: 'id' }] });
  });
});
