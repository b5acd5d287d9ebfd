import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { newPersonalAccessToken } from '@reputable/contracts';
import { denied, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { aPerson, type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;
beforeAll(async () => {
  running = await sharedAuthWorld();
});

const DAY_MS = 24 * 3_600_000;

/** A member, with a client of auth in the member's name. */
async function aMember() {
  const person = aPerson();
  const { tokens } = await running.join(person);
  const token = await running.exchange(tokens?.accessToken ?? '');
  return { ...person, id: tokens?.userId ?? '', token, auth: await running.authAs({ token }) };
}

const A_TOKEN = { name: 'Backup', scopes: ['posts:read', 'votes:write'], expiresInDays: 0 };
const list = { pageSize: 10, pageToken: '' };
const msOf = (time: Timestamp | undefined) => (time ? timestampMs(time) : NaN);
const expire = (id: string) =>
  query(running.auth.databaseUrl, "UPDATE session SET expires_at = now() - interval '1 second' WHERE id = $1", [id]);

describe('a personal access token (P20)', () => {
  it('is shown once, and stored as a hash', async () => {
    const { auth } = await aMember();
    const { token, personalAccessToken } = await auth.createPersonalAccessToken(A_TOKEN);
    expect(token).toMatch(/^rpt_pat_[0-9a-f]{72}$/);
    expect((await auth.listPersonalAccessTokens(list)).personalAccessTokens).toEqual([personalAccessToken]);
    const [row] = await query<{ all: string }>(
      running.auth.databaseUrl,
      'SELECT t::text || s::text AS all FROM personal_access_token t JOIN session s USING (id) WHERE id = $1',
      [personalAccessToken?.id],
    );
    expect(row?.all).toContain('Backup');
    expect(row?.all).not.toContain(token.slice(8, 40));
  });

  it("becomes a JWT with its scopes, in a session of its own, without the user's roles", async () => {
    const { auth, id } = await aMember();
    await query(running.user.databaseUrl, "UPDATE profile SET roles = '{ADMIN}' WHERE id = $1", [id]);
    const { token, personalAccessToken } = await auth.createPersonalAccessToken(A_TOKEN);
    const claims = decodeJwt(await running.exchange(token));
    for (const ofLogIn of ['auth_time', 'amr']) expect(claims).not.toHaveProperty(ofLogIn);
    expect(claims).toMatchObject({
      sub: id,
      sid: personalAccessToken?.id,
      client_id: 'personal-access-token',
      scope: 'posts:read votes:write',
      roles: [],
      act: { sub: 'gateway' },
    });
  });

  it('is in the list of sessions, with its name and its last use', async () => {
    const { auth } = await aMember();
    const { token, personalAccessToken } = await auth.createPersonalAccessToken(A_TOKEN);
    expect(personalAccessToken?.lastUsedAt).toBeUndefined();
    await running.exchange(token);
    const [listed] = (await auth.listPersonalAccessTokens(list)).personalAccessTokens;
    expect(msOf(listed?.lastUsedAt)).toBeGreaterThan(msOf(listed?.createdAt));
    expect((await auth.listSessions(list)).sessions).toMatchObject([
      { id: personalAccessToken?.id, client: 'Personal access token', device: 'Backup' },
      { client: 'Reputable' },
    ]);
  });

  it.each([
    [0, 90],
    [1, 1],
    [366, 366],
  ])('with a lifetime of %i days expires after %i', async (expiresInDays, days) => {
    const { auth } = await aMember();
    const { personalAccessToken } = await auth.createPersonalAccessToken({ ...A_TOKEN, expiresInDays });
    const lifetime = msOf(personalAccessToken?.expiresAt) - msOf(personalAccessToken?.createdAt);
    expect(Math.abs(lifetime - days * DAY_MS)).toBeLessThan(60_000);
  });

  it.each([
    ['367 days', { expiresInDays: 367 }, 'expires_in_days'],
    ['a negative lifetime', { expiresInDays: -1 }, 'expires_in_days'],
    ['no name', { name: ' ' }, 'name'],
    ['no scope', { scopes: [] }, 'scopes'],
    ['an unknown scope', { scopes: ['posts:delete'] }, 'scopes[0]'],
    ['a scope of our own clients', { scopes: ['account'] }, 'scopes[0]'],
  ])('with %s is refused', async (_what, wrong, field) => {
    const { auth } = await aMember();
    await expect(auth.createPersonalAccessToken({ ...A_TOKEN, ...wrong })).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      violations: [{ field }],
    });
  });

  it('is refused after its end, its expiry and its revocation, each with its reason', async () => {
    const { auth, password, address } = await aMember();
    const create = async () => {
      const { token, personalAccessToken } = await auth.createPersonalAccessToken(A_TOKEN);
      await running.exchange(token);
      return { token, id: personalAccessToken?.id ?? '' };
    };
    const [revoked, expired, other] = [await create(), await create(), await create()];
    await auth.endSession({ id: revoked.id });
    await expire(expired.id);
    await expect(running.exchange(revoked.token)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    await expect(running.exchange(expired.token)).rejects.toMatchObject(denied('TOKEN_EXPIRED'));
    await expect(running.exchange(newPersonalAccessToken())).rejects.toMatchObject(denied('TOKEN_INVALID'));
    expect((await auth.listPersonalAccessTokens(list)).personalAccessTokens.map(({ id }) => id)).toEqual([other.id]);
    await auth.changePassword({ currentPassword: password, newPassword: 'another horse battery', address });
    await expect(running.exchange(other.token)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
  });

  it('cannot create another one, list them or end sessions', async () => {
    const { auth } = await aMember();
    const { token } = await auth.createPersonalAccessToken({ ...A_TOKEN, scopes: ['posts:write', 'profile:write'] });
    const script = await running.authAs({ token: await running.exchange(token) });
    const refused = denied('SCOPE_MISSING');
    await expect(script.createPersonalAccessToken(A_TOKEN)).rejects.toMatchObject(refused);
    await expect(script.listPersonalAccessTokens(list)).rejects.toMatchObject(refused);
    await expect(script.endOtherSessions({})).rejects.toMatchObject(refused);
  });

  it('of another user is neither listed nor revoked', async () => {
    const [ada, eve] = [await aMember(), await aMember()];
    const { token, personalAccessToken } = await ada.auth.createPersonalAccessToken(A_TOKEN);
    expect((await eve.auth.listPersonalAccessTokens(list)).personalAccessTokens).toEqual([]);
    await expect(eve.auth.endSession({ id: personalAccessToken?.id ?? '' })).rejects.toMatchObject(denied('SESSION_NOT_FOUND'));
    expect(decodeJwt(await running.exchange(token))).toMatchObject({ sub: ada.id });
  });

  it('is one of 50 at most, also if 20 are requested at once; expired ones do not count', async () => {
    const { auth, id } = await aMember();
    await query(
      running.auth.databaseUrl,
      `WITH begun AS (
         INSERT INTO session (id, account_id, client_id, device, expires_at)
         SELECT gen_random_uuid(), $1, 'personal-access-token', 'Earlier', now() + interval '1 day' FROM generate_series(1, 45) RETURNING id
       ) INSERT INTO personal_access_token (id, hash, scope) SELECT id, sha256(id::text::bytea), 'posts:read' FROM begun`,
      [id],
    );
    const made = await Promise.allSettled(Array.from({ length: 20 }, () => auth.createPersonalAccessToken(A_TOKEN)));
    const refused = made.flatMap((each) => (each.status === 'rejected' ? [each.reason as { reason: string }] : []));
    expect(refused.map(({ reason }) => reason)).toEqual(Array(15).fill('TOO_MANY_PERSONAL_ACCESS_TOKENS'));
    await query(running.auth.databaseUrl, "UPDATE session SET expires_at = now() WHERE account_id = $1 AND device = 'Earlier'", [id]);
    await auth.createPersonalAccessToken(A_TOKEN);
  });
});
