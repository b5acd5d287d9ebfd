import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService, PostView } from '@reputable/contracts/post/v1/post';
import { entryOf } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Code } from '@reputable/errors';
import { aUser, denied, eventually, query, Relay, type TestService, urlsOf } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { aPerson, type AuthWorld, expectAudited, type Person, sharedAuthWorld, startOtherAuth } from '../auth.fixture.ts';

/** The services that delete their part. */
const OTHERS = [...entryOf('auth').calls, ...entryOf('auth').informs];

const NIL = '00000000-0000-0000-0000-000000000000';

let running: AuthWorld;
let [user, post, comment]: TestService[] = [];
/** The connections from auth to the other services. */
let relays: Readonly<Record<'user' | 'post' | 'comment', Relay>>;

beforeAll(async () => {
  const { world } = await sharedAuthWorld();
  // Its own user service, because the last admin is the last one of all.
  user = await world.start('user');
  [post, comment] = await Promise.all([world.start('post', urlsOf({ user })), world.start('comment')]);
  const to = (service: () => TestService | undefined) => Relay.start(() => service()?.ports.grpc ?? 0);
  relays = { user: await to(() => user), post: await to(() => post), comment: await to(() => comment) };
  running = await startOtherAuth({ USER_URL: relays.user.url, POST_URL: relays.post.url, COMMENT_URL: relays.comment.url });
  running.user = user;
});
afterAll(async () => {
  await Promise.all([running.auth, user, post, comment].map(async (service) => service?.stop()));
});

const databaseOf = (service: TestService | undefined) => service?.databaseUrl ?? '';

/** A member who has logged in, with a client of auth in the member's name. */
async function aMember(person: Person = aPerson()) {
  const { tokens } = await running.join(person);
  const { accessToken = '', refreshToken = '', userId: id = '' } = tokens ?? {};
  const auth = await running.authAs({ token: await running.exchange(accessToken) });
  return { person, id, auth, accessToken, refreshToken };
}

type Member = Awaited<ReturnType<typeof aMember>>;

const remove = ({ auth, person }: Member, currentPassword = person.password) =>
  auth.deleteAccount({ currentPassword, address: person.address });

/** Every row of a database that contains the text, after the name of its table. */
async function rowsWith(databaseUrl: string, text: string, schemas = ['public']): Promise<string[]> {
  const tables = await query<{ name: string }>(
    databaseUrl,
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = ANY ($1)",
    [schemas],
  );
  const found = tables.map(async ({ name }) =>
    (
      await query<{ row: string }>(databaseUrl, `SELECT whole::text AS row FROM ${name} whole WHERE strpos(whole::text, $1) > 0`, [text])
    ).map(({ row }) => `${name} ${row}`),
  );
  return (await Promise.all(found)).flat();
}

/** The rows of auth with the text, also of jobs, except those that were done: they are deleted after ten minutes. */
async function rowsOfAuthWith(text: string): Promise<string[]> {
  const { databaseUrl } = running.auth;
  await query(databaseUrl, "DELETE FROM pgboss.job WHERE state = 'completed'");
  return rowsWith(databaseUrl, text, ['public', 'pgboss']);
}

const unconfirmed = async (id: string) =>
  (await query<{ unconfirmed: string[] }>(running.auth.databaseUrl, 'SELECT unconfirmed FROM account_deletion WHERE user_id = $1', [id]))[0]
    ?.unconfirmed;

/** The last steps, which wait for the end of all tokens. */
const lastStepsAreDue = () =>
  query(
    running.auth.databaseUrl,
    "UPDATE pgboss.job SET start_after = now() WHERE name LIKE 'account_deletion%' AND data ->> 'last' = 'true'",
  );

/** The timeout of the deliveries of a killed process. */
async function anHourPasses(): Promise<void> {
  await query(running.auth.databaseUrl, "UPDATE pgboss.job SET started_on = started_on - interval '1 hour' WHERE state = 'active'");
  await query(running.auth.databaseUrl, "UPDATE pgboss.queue SET monitor_claim_on = monitor_claim_on - interval '1 hour'");
}

async function kill(): Promise<void> {
  await running.auth.stop('SIGKILL');
  await anHourPasses();
  running.auth = await running.world.restart(running.auth);
}

/** Two posts and two comments of the user, with votes of others, and the user's votes on a post and a comment of others. */
async function contentOf({ id }: Pick<Member, 'id'>) {
  const other = randomUUID();
  const insertPosts = `INSERT INTO post (id, author_id, title, body, score, idempotency_key, request_hash, created_at, updated_at)
    SELECT uuidv7(), author::uuid, 'T', 'B', 1, nullif(key, ''), sha256(key::bytea), now(), now()
    FROM unnest($1::text[], $2::text[]) AS given (author, key) RETURNING id`;
  const posts = await query<{ id: string }>(databaseOf(post), insertPosts, [
    [id, id, other, other],
    ['one', 'two', '', ''],
  ]);
  const [first = '', second = '', third = '', fourth = ''] = posts.map((row) => row.id);
  await query(databaseOf(post), 'INSERT INTO vote (post_id, user_id, value) VALUES ($1, $3, 1), ($2, $3, 1), ($4, $5, 1), ($6, $5, 1)', [
    ...[third, fourth, id, first, other, second],
  ]);
  const insertComments = `INSERT INTO comment (id, post_id, author_id, body, score, idempotency_key, request_hash, created_at, updated_at)
    SELECT uuidv7(), $1::uuid, author::uuid, 'C', 1, nullif(key, ''), sha256(key::bytea), now(), now()
    FROM unnest($2::text[], $3::text[]) AS given (author, key) RETURNING id`;
  const comments = await query<{ id: string }>(databaseOf(comment), insertComments, [third, [id, other], ['one', '']]);
  await query(databaseOf(comment), 'INSERT INTO comment_vote (comment_id, user_id) VALUES ($1, $2)', [comments[1]?.id, id]);
  await query(
    databaseOf(user),
    `INSERT INTO reputation_event (id, user_id, kind, undone, subject_id, delta, occurred_at)
    SELECT uuidv7(), $1::uuid, 'POST_UPVOTED', false, uuidv7(), 10, now() FROM generate_series(1, 1500)`,
    [id],
  );
  return { own: [first, second], voted: [third, fourth], comments: comments.map((row) => row.id) };
}

const gone = (id: string) =>
  eventually(async () => {
    for (const service of [user, post, comment]) expect((await rowsWith(databaseOf(service), id)).length).toBe(0);
  }, 30_000);

describe('deleting an account', () => {
  it('deletes everything that auth knows about the user, and revokes all tokens (A5)', async () => {
    const member = await aMember();
    const { id, auth, person } = member;
    const { token } = await auth.createPersonalAccessToken({ name: 'Backup', scopes: ['posts:read'] });
    const database = running.auth.databaseUrl;
    const linked = 'INSERT INTO linked_log_in (id, account_id, issuer, subject, email) VALUES ($1, $2, $3, $4, $5)';
    await query(database, linked, [randomUUID(), id, 'https://a.example', `subject-${id}`, person.email]);
    const outside = "INSERT INTO outside_session (login_uid, issuer, subject) VALUES ('of-another-time', 'https://a.example', $1)";
    await query(database, outside, [`subject-${id}`]);
    const registration = `INSERT INTO registration (id, email, password_hash, display_name, expires_at)
      VALUES ($1, $2, 'hash', $3, now() + interval '1 hour')`;
    await query(database, registration, [randomUUID(), person.email, `Name of ${id}`]);
    await auth.requestEmailVerification({ address: person.address });

    await remove(member);

    await eventually(async () => {
      expect((await running.mailsTo(person.email)).map(({ subject }) => subject)).toContain('Your account is deleted');
    }, 20_000);
    await expectAudited(running, 'account_deleted', { user_id: id, actor_id: id });
    await expectAudited(running, 'session_revoked', { user_id: id, reason: 'account_deleted' });
    await eventually(async () => {
      expect(await rowsOfAuthWith(person.email)).toEqual([]);
    });
    const pseudonymous = /^(public\.(account_deletion|audit_event|revocation)|pgboss\.\w+) /;
    expect((await rowsOfAuthWith(id)).filter((row) => !pseudonymous.test(row))).toEqual([]);
    expect((await rowsOfAuthWith(id)).filter((row) => row.includes('Name of'))).toEqual([]);

    for (const opaque of [member.accessToken, token]) await expect(running.exchange(opaque)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    const anyone = await running.authAs();
    await expect(anyone.refresh({ refreshToken: member.refreshToken, address: person.address })).rejects.toMatchObject(
      denied('REFRESH_TOKEN_INVALID'),
    );
    await eventually(async () => {
      await expect(auth.listSessions({})).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    }, 1_000);
    await expect(anyone.logIn(person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
  });

  it('removes the user from all other services, and keeps posts, comments, votes and scores without the name', async () => {
    const [member, other] = [await aMember(), await aMember()];
    const [content, others] = [await contentOf(member), await contentOf(other)];
    await remove(member);
    await gone(member.id);
    const posts = await query<{ id: string; author_id: string; score: number }>(databaseOf(post), 'SELECT id, author_id, score FROM post');
    const found = (ids: readonly string[]) => posts.filter((row) => ids.includes(row.id));
    expect(found(content.own)).toHaveLength(2);
    expect(found(content.own).every(({ author_id: author, score }) => author === NIL && score === 1)).toBe(true);
    const voters = await query<{ user_id: string }>(databaseOf(post), 'SELECT user_id FROM vote WHERE post_id = ANY ($1)', [content.voted]);
    expect(new Set(voters.map((row) => row.user_id)).size).toBe(2);
    const comments = 'SELECT author_id FROM comment WHERE id = $1';
    expect(await query(databaseOf(comment), comments, [content.comments[0]])).toEqual([{ author_id: NIL }]);
    const votes = 'SELECT FROM comment_vote WHERE comment_id = $1';
    expect(await query(databaseOf(comment), votes, [content.comments[1]])).toHaveLength(1);
    expect(found(others.own).every(({ author_id: author }) => author === other.id)).toBe(true);
    // A second user with the same idempotency keys.
    await remove(other);
    await gone(other.id);

    const anyone = await running.world.client(PostService, post as TestService, { user: aUser({ reputation: 200 }) });
    const { post: seen } = await anyone.getPost({ id: content.own[0] ?? '', view: PostView.WITH_AUTHOR });
    expect(seen?.author).toMatchObject({ id: NIL, displayName: 'deleted user', suspended: false });
  });

  it('leaves the address free for a new account, without the rights of the old one', async () => {
    const old = await aMember();
    await query(databaseOf(user), "UPDATE profile SET roles = '{MODERATOR}', reputation_sum = 500 WHERE id = $1", [old.id]);
    await remove(old);
    const again = await aMember(old.person);
    expect(again.id).not.toBe(old.id);
    const { user: profile } = await (await running.userAs()).getUser({ id: again.id });
    expect(profile).toMatchObject({ roles: [], reputation: 1 });
    await gone(old.id);
    expect((await (await running.userAs()).getUser({ id: again.id })).user?.id).toBe(again.id);
  });

  it('needs the password, within the limits on wrong ones (A15)', async () => {
    const member = await aMember();
    await expect(remove(member, '')).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    for (let i = 0; i < 5; i += 1) await expect(remove(member, 'wrong horse battery')).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(remove(member)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    expect((await member.auth.getAccount({})).account?.email).toBe(member.person.email);
  });

  it('needs a recent log-in if the account has no password', async () => {
    const logIn = async (ageS: number) => {
      const member = await aMember();
      const { databaseUrl } = running.auth;
      await query(databaseUrl, 'UPDATE account SET password_hash = NULL WHERE id = $1', [member.id]);
      await query(
        databaseUrl,
        `UPDATE oauth_record SET payload = jsonb_set(payload, '{extra,auth_time}', to_jsonb((payload #>> '{extra,auth_time}')::int - $2))
         WHERE model = 'AccessToken' AND payload ->> 'accountId' = $1`,
        [member.id, ageS],
      );
      return { ...member, auth: await running.authAs({ token: await running.exchange(member.accessToken) }) };
    };
    await expect(remove(await logIn(310), '')).rejects.toMatchObject({ ...denied('LOG_IN_NOT_RECENT'), code: Code.FAILED_PRECONDITION });
    await remove(await logIn(200), '');
  });

  it('is refused for an account without an address, such as that of an API client', async () => {
    const member = await aMember();
    await query(running.auth.databaseUrl, 'UPDATE account SET email = NULL, password_hash = NULL WHERE id = $1', [member.id]);
    await expect(remove(member)).rejects.toMatchObject(denied('ACCOUNT_WITHOUT_EMAIL'));
  });

  it('succeeds once of five concurrent requests', async () => {
    const member = await aMember();
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => remove(member)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('the last admin', () => {
  const anAdmin = async () => {
    const member = await aMember();
    await query(databaseOf(user), "UPDATE profile SET roles = '{ADMIN}' WHERE id = $1", [member.id]);
    return member;
  };

  it('keeps the account, also if two admins delete theirs at once, and can delete it after another one has the role', async () => {
    const admins = [await anAdmin(), await anAdmin()];
    const suspended = await anAdmin();
    await query(databaseOf(user), 'UPDATE profile SET suspended_at = now() WHERE id = $1', [suspended.id]);
    const outcomes = await Promise.allSettled(admins.map((admin) => remove(admin)));
    const refused = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [{ reason: outcome.reason as unknown, admin: admins[i] }] : [],
    );
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ ...denied('LAST_ADMIN'), code: Code.FAILED_PRECONDITION });
    const last = refused[0]?.admin as Member;
    expect((await last.auth.getAccount({})).account?.email).toBe(last.person.email);
    await anAdmin();
    await remove(last);
  });
});

describe('a deletion that is interrupted', () => {
  it('changes nothing while the user service is down', async () => {
    const member = await aMember();
    relays.user.down();
    await expect(remove(member)).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    await relays.user.up();
    expect((await member.auth.getAccount({})).account?.email).toBe(member.person.email);
  });

  it('is completed after kills between its steps, while the other services come back one by one', async () => {
    const member = await aMember();
    await contentOf(member);
    relays.post.down();
    relays.comment.down();
    await remove(member);
    await kill();
    expect(await unconfirmed(member.id)).toEqual(OTHERS);
    await eventually(async () => {
      expect((await rowsWith(databaseOf(user), member.id)).length).toBe(0);
    }, 30_000);
    await relays.post.up();
    await kill();
    await eventually(async () => {
      expect((await rowsWith(databaseOf(post), member.id)).length).toBe(0);
    }, 30_000);
    expect(await rowsWith(databaseOf(comment), member.id)).not.toEqual([]);
    await relays.comment.up();
    await gone(member.id);

    // A request that was in progress has written after the first step.
    await query(databaseOf(post), 'INSERT INTO vote (post_id, user_id, value) SELECT id, $1, 1 FROM post LIMIT 1', [member.id]);
    expect(await unconfirmed(member.id)).toEqual(OTHERS);
    relays.comment.down();
    await lastStepsAreDue();
    await eventually(async () => {
      expect(await unconfirmed(member.id)).toEqual(['comment']);
    }, 30_000);
    await kill();
    await relays.comment.up();
    await eventually(async () => {
      expect(await unconfirmed(member.id)).toBeUndefined();
    }, 30_000);
    await gone(member.id);
  });

  it('is the same if each step runs twice', async () => {
    const member = await aMember();
    const content = await contentOf(member);
    await remove(member);
    await gone(member.id);
    const [users, posts, comments] = await Promise.all([
      running.world.client(UserService, user as TestService, { service: 'auth' }),
      running.world.client(PostService, post as TestService, { service: 'auth' }),
      running.world.client(CommentService, comment as TestService, { service: 'auth' }),
    ]);
    const votes = () => query(databaseOf(post), 'SELECT * FROM vote WHERE post_id = ANY ($1) ORDER BY 1, 2', [content.voted]);
    const before = await votes();
    await users.deleteProfile({ userId: member.id });
    await posts.anonymizePosts({ userId: member.id });
    await comments.anonymizeComments({ userId: member.id });
    await users.releaseRoles({ userId: member.id });
    expect(await votes()).toEqual(before);
  });
});
