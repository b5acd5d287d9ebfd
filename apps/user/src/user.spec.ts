import { beforeAll, describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { timestampFromDate, timestampNow } from '@bufbuild/protobuf/wkt';
import type { Client } from '@reputable/auth';
import { AuditEventType, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { ReputationKind, Role, UserSchema, UserService } from '@reputable/contracts/user/v1/user';
import { newId } from '@reputable/database';
import { randomInt } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ReputationFold } from './reputation/reputation-fold.ts';
import { type As, aUser, denied, eventually, query, type RunningService, TestWorld } from '@reputable/testing';

let world: TestWorld;
let user: RunningService & { databaseUrl?: string };
let auth: Client<typeof UserService>;
let post: Client<typeof UserService>;
let anyone: Client<typeof UserService>;

const as = (who: As) => world.client(UserService, user, who);
const admin = () => as({ user: aUser({ roles: ['ADMIN'] }) });

/** A new profile. */
async function aProfile(displayName = 'Ada'): Promise<string> {
  const userId = newId();
  await auth.createProfile({ userId, displayName });
  return userId;
}

const event = (userId: string, kind = ReputationKind.POST_UPVOTED, undone = false) => ({
  id: newId(),
  userId,
  kind,
  undone,
  subjectId: newId(),
  occurredAt: timestampNow(),
});
/** Delivers an event as post does: until it succeeds. */
const delivered = (one: ReturnType<typeof event>) => eventually(() => post.applyReputation({ events: [one] }));
const reputationOf = async (id: string) => (await anyone.getUser({ id })).user?.reputation;

beforeAll(async () => {
  world = await TestWorld.shared();
  user = await world.service('user');
  auth = await as({ service: 'auth' });
  post = await as({ service: 'post' });
  anyone = await as({});
});

it('decisions about users need fresh claims', async () => {
  const [userId, by] = [await aProfile(), await as({ user: aUser({ roles: ['ADMIN'], attributes: { claims_age: 30 } }) })];
  for (const decision of [
    by.grantRole({ userId, role: Role.MODERATOR }),
    by.revokeRole({ userId, role: Role.MODERATOR }),
    by.suspendUser({ userId, reason: 'spam' }),
    by.reinstateUser({ userId }),
  ]) {
    await expect(decision).rejects.toMatchObject({ code: 14, ...denied('CLAIMS_TOO_OLD'), metadata: { age: '30' } });
  }
});

/** The causes of a user's revocations, in order. */
const revocationsOf = (id: string) => world.revocations.requests.filter(({ userId }) => userId === id).map(({ cause }) => cause);

it('changes of roles and suspensions reach the audit log, with the user who made them', async () => {
  const userId = await aProfile();
  const someone = aUser({ roles: ['ADMIN'] });
  const by = await as({ user: someone });
  await by.grantRole({ userId, role: Role.MODERATOR, address: '192.0.2.7' });
  await by.grantRole({ userId, role: Role.MODERATOR });
  await (await as({ user: someone, inside: 'txn' })).revokeRole({ userId, role: Role.MODERATOR });
  await by.reinstateUser({ userId });
  await by.suspendUser({ userId, reason: 'a secret reason' });
  await by.reinstateUser({ userId });
  await by.reinstateUser({ userId });
  const events = await eventually(() => {
    const found = world.revocations.audited.filter((event) => event.userId === userId);
    const { ROLE_GRANTED, ROLE_REVOKED, USER_SUSPENDED, USER_REINSTATED } = AuditEventType;
    expect(found.map(({ type }) => type).toSorted()).toEqual([ROLE_GRANTED, ROLE_REVOKED, USER_SUSPENDED, USER_REINSTATED]);
    return found;
  });
  for (const event of events) expect(event).toMatchObject({ actorId: someone.id, peer: 'gateway', clientId: expect.any(String) });
  expect(events.find(({ type }) => type === AuditEventType.ROLE_GRANTED)).toMatchObject({ role: 'MODERATOR', clientAddress: '192.0.2.7' });
  for (const { type, txn } of events) expect(txn).toMatch(type === AuditEventType.ROLE_REVOKED ? /^[\da-f-]{36}$/ : /^$/);
  expect(Object.values(events.flatMap(Object.values))).not.toContain('a secret reason');
});

it('a change of a role is undone if it cannot be recorded', async () => {
  const userId = await aProfile();
  await query(user.databaseUrl ?? '', "ALTER TABLE pgboss.job ADD CONSTRAINT refused CHECK (name <> 'audit_event') NOT VALID");
  try {
    await expect((await admin()).grantRole({ userId, role: Role.MODERATOR })).rejects.toMatchObject(denied('INTERNAL'));
  } finally {
    await query(user.databaseUrl ?? '', 'ALTER TABLE pgboss.job DROP CONSTRAINT refused');
  }
  expect((await anyone.getUser({ id: userId })).user?.roles).toEqual([]);
});

describe('the tokens of a user are revoked', () => {
  it('before the answer to a decision, so that an outage right after it cannot undo it', async () => {
    const [userId, by] = [await aProfile(), await admin()];
    const decide = async (decision: 'grantRole' | 'revokeRole', revocations: number) => {
      const began = performance.now();
      await by[decision]({ userId, role: Role.MODERATOR });
      // The service waits for auth for half a second. An answer that is as late can come before the revocation.
      if (performance.now() - began >= 500) await eventually(() => expect(revocationsOf(userId)).toHaveLength(revocations));
      expect(revocationsOf(userId)).toHaveLength(revocations);
    };
    for (let turn = 0; turn < 5; turn += 1) {
      await decide('grantRole', 2 * turn + 1);
      await decide('revokeRole', 2 * turn + 2);
    }
  });

  it('on a change of roles and a suspension only', async () => {
    const [userId, by] = [await aProfile(), await admin()];
    await by.grantRole({ userId, role: Role.MODERATOR });
    await by.grantRole({ userId, role: Role.MODERATOR });
    await by.revokeRole({ userId, role: Role.ADMIN });
    await eventually(() => {
      expect(revocationsOf(userId)).toEqual([RevocationCause.ROLES_CHANGED]);
    });
    await by.suspendUser({ userId, reason: 'spam' });
    await eventually(() => {
      expect(revocationsOf(userId)).toEqual([RevocationCause.ROLES_CHANGED, RevocationCause.SUSPENDED]);
    });
    await by.reinstateUser({ userId });
    await (await as({ user: aUser({ id: userId }) })).updateProfile({ displayName: 'Eve' });
    await by.revokeRole({ userId, role: Role.MODERATOR });
    await eventually(() => {
      expect(revocationsOf(userId)).toEqual([RevocationCause.ROLES_CHANGED, RevocationCause.SUSPENDED, RevocationCause.ROLES_CHANGED]);
    });
  });
});

describe('a change of claims is announced', () => {
  const announcementsOf = (id: string) => world.revocations.announced.filter((userId) => userId === id).length;

  it('only if the visible reputation changes', async () => {
    const [author, voter, last] = [await aProfile(), await aProfile(), await aProfile()];
    const first = event(author);
    await post.applyReputation({ events: [first, event(voter, ReputationKind.DOWNVOTE_CAST)] });
    await post.applyReputation({ events: [first, event(author), event(author, ReputationKind.POST_UPVOTED, true)] });
    await (await as({ user: aUser({ id: author }) })).updateProfile({ displayName: 'Eve' });
    await post.applyReputation({ events: [event(last)] });
    await eventually(() => {
      expect(announcementsOf(last)).toBe(1);
    });
    expect([announcementsOf(author), announcementsOf(voter)]).toEqual([1, 0]);
  });

  it('seldom for many concurrent votes, and after the last one', async () => {
    const id = await aProfile();
    for (let round = 0; round < 4; round += 1) await Promise.all(Array.from({ length: 50 }, () => delivered(event(id))));
    await eventually(async () => {
      const [waiting] = await query<{ count: number }>(
        user.databaseUrl ?? '',
        "SELECT count(*)::int FROM pgboss.job WHERE name = 'claims' AND state <> 'completed' AND data ->> 'userId' = $1",
        [id],
      );
      expect(waiting?.count).toBe(0);
    });
    expect(announcementsOf(id)).toBeGreaterThan(0);
    expect(announcementsOf(id)).toBeLessThan(100);
  });

  it('in the transaction of the change: both are stored or neither', async () => {
    const id = await aProfile();
    // The partition alone: a lock on the parent and then on the partition can deadlock with pg-boss.
    await query(user.databaseUrl ?? '', "ALTER TABLE pgboss.job ADD CONSTRAINT none CHECK (name <> 'claims') NOT VALID");
    await expect(post.applyReputation({ events: [event(id)] })).rejects.toMatchObject(denied('INTERNAL'));
    await query(user.databaseUrl ?? '', 'ALTER TABLE pgboss.job DROP CONSTRAINT none');
    expect(await reputationOf(id)).toBe(1);
  });
});

describe('profiles', () => {
  it('are created once; a repetition changes nothing', async () => {
    const id = await aProfile('Ada');
    await auth.createProfile({ userId: id, displayName: 'Eve' });
    expect((await anyone.getUser({ id })).user).toMatchObject({ id, displayName: 'Ada', reputation: 1, roles: [], suspended: false });
  });

  it('are found one by one and in batches, without missing ones', async () => {
    const ids = [await aProfile(), await aProfile()];
    const { users } = await anyone.batchGetUsers({ ids: [...ids, ids[0] ?? '', newId()] });
    expect(users.map(({ id }) => id).sort()).toEqual([...ids].sort());
    const unknown = newId();
    await expect(anyone.getUser({ id: unknown })).rejects.toMatchObject({
      ...denied('USER_NOT_FOUND', { id: unknown }),
      message: `User ${unknown} does not exist.`,
    });
  });

  it('are listed newest first, page by page, each once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.push(await aProfile());
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await anyone.listUsers({ pageSize: 2, pageToken });
      seen.push(...page.users.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken);
    // Other specs of this process have users in the same service.
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids.toReversed());
    expect(new Set(seen).size).toBe(seen.length);
  });

  const paths = UserSchema.fields.map(({ name }) => name);
  it.each([...paths.map((path) => [path]), ['id', 'display_name'], ['reputation', 'roles'], ['id', 'created_at', 'suspended']])(
    'have the fields %s %s %s if these are asked for',
    async (...given) => {
      const mask = given.filter((path) => typeof path === 'string');
      const ids = [await aProfile()];
      await (await admin()).grantRole({ userId: ids[0] ?? '', role: Role.MODERATOR });
      await (await admin()).suspendUser({ userId: ids[0] ?? '', reason: 'spam' });
      await post.applyReputation({ events: [event(ids[0] ?? '')] });
      const { users: all } = await anyone.batchGetUsers({ ids });
      expect(all).toMatchObject([{ suspended: true, roles: [Role.MODERATOR], reputation: 11 }]);
      const fields = UserSchema.fields.filter(({ name }) => mask.includes(name)).map(({ localName }) => localName);
      const pick = (user: object) => Object.fromEntries(Object.entries(user).filter(([name]) => fields.includes(name)));
      const { users } = await anyone.batchGetUsers({ ids, readMask: { paths: mask } });
      expect(users).toEqual(all.map((user) => create(UserSchema, pick(user))));
    },
  );

  it("are changed by their owner: the token's user", async () => {
    const id = await aProfile();
    const me = await as({ user: aUser({ id }) });
    expect((await me.updateProfile({ displayName: '  Grace  ' })).user).toMatchObject({ id, displayName: 'Grace' });
  });
});

describe('roles', () => {
  it('are granted and revoked by admins; a repetition changes nothing', async () => {
    const userId = await aProfile();
    const by = await admin();
    await by.grantRole({ userId, role: Role.MODERATOR });
    await by.grantRole({ userId, role: Role.ADMIN });
    expect((await by.grantRole({ userId, role: Role.ADMIN })).user?.roles.toSorted()).toEqual([Role.MODERATOR, Role.ADMIN]);
    expect(await auth.getClaims({ userId })).toMatchObject({ roles: expect.arrayContaining(['MODERATOR', 'ADMIN']) as unknown });
    await by.revokeRole({ userId, role: Role.ADMIN });
    expect((await by.revokeRole({ userId, role: Role.ADMIN })).user?.roles).toEqual([Role.MODERATOR]);
  });

  it('granted concurrently are all granted', async () => {
    const userId = await aProfile();
    const by = await admin();
    await Promise.all([Role.MODERATOR, Role.ADMIN, Role.MODERATOR, Role.ADMIN].map((role) => by.grantRole({ userId, role })));
    expect((await anyone.getUser({ id: userId })).user?.roles.toSorted()).toEqual([Role.MODERATOR, Role.ADMIN]);
  });

  it('cannot be granted by members or moderators, or to a missing user', async () => {
    const userId = await aProfile();
    for (const roles of [[], ['MODERATOR']]) {
      const by = await as({ user: aUser({ roles, reputation: 10_000 }) });
      await expect(by.grantRole({ userId, role: Role.ADMIN })).rejects.toMatchObject(denied('ROLE_MISSING'));
    }
    await expect((await admin()).grantRole({ userId: newId(), role: Role.ADMIN })).rejects.toMatchObject(denied('USER_NOT_FOUND'));
  });
});

describe('suspension', () => {
  it('is imposed by moderators and lifted by admins', async () => {
    const userId = await aProfile();
    const moderator = await as({ user: aUser({ roles: ['MODERATOR'] }) });
    expect((await moderator.suspendUser({ userId, reason: 'spam' })).user?.suspended).toBe(true);
    expect(await auth.getClaims({ userId })).toMatchObject({ suspended: true });
    await expect(moderator.reinstateUser({ userId })).rejects.toMatchObject(denied('ROLE_MISSING'));
    expect((await (await admin()).reinstateUser({ userId })).user?.suspended).toBe(false);
  });

  it('of an admin needs an admin', async () => {
    const userId = await aProfile();
    const by = await admin();
    await by.grantRole({ userId, role: Role.ADMIN });
    const moderator = await as({ user: aUser({ roles: ['MODERATOR'] }) });
    await expect(moderator.suspendUser({ userId, reason: 'coup' })).rejects.toMatchObject(denied('USER_OUTRANKS_YOU'));
    await by.suspendUser({ userId, reason: 'left' });
  });
});

describe('reputation', () => {
  it('is one plus the sum of the events, and at least one', async () => {
    const id = await aProfile();
    await post.applyReputation({ events: [event(id, ReputationKind.POST_DOWNVOTED), event(id, ReputationKind.DOWNVOTE_CAST)] });
    expect(await reputationOf(id)).toBe(1);
    await post.applyReputation({ events: [event(id), event(id)] });
    expect(await reputationOf(id)).toBe(18);
    await post.applyReputation({ events: [event(id, ReputationKind.POST_UPVOTED, true)] });
    expect(await reputationOf(id)).toBe(8);
    await (await as({ service: 'comment' })).applyReputation({ events: [event(id, ReputationKind.COMMENT_UPVOTED)] });
    expect(await reputationOf(id)).toBe(10);
  });

  it('counts an event once, also if repeated concurrently', async () => {
    const id = await aProfile();
    const one = event(id);
    await post.applyReputation({ events: [one, one] });
    await Promise.all(Array.from({ length: 20 }, () => post.applyReputation({ events: [one] })));
    expect(await reputationOf(id)).toBe(11);
  });

  it('adds up concurrent events, also in batches that overlap in both orders', async () => {
    const ids = [await aProfile(), await aProfile(), await aProfile()];
    const batch = () => ids.map((id) => event(id));
    await Promise.all(Array.from({ length: 30 }, (_, i) => post.applyReputation({ events: i % 2 ? batch() : batch().reverse() })));
    expect(await Promise.all(ids.map(reputationOf))).toEqual([301, 301, 301]);
    const [{ sum } = { sum: 0 }] = await query<{ sum: number }>(
      user.databaseUrl ?? '',
      'SELECT sum(delta)::int FROM reputation_event WHERE user_id = $1',
      [ids[0]],
    );
    expect(sum).toBe(300);
  });

  it('of users that do not exist is ignored', async () => {
    const id = await aProfile();
    await post.applyReputation({ events: [event(newId()), event(id)] });
    expect(await reputationOf(id)).toBe(11);
  });

  it('is reported by a service for its own kinds of events only', async () => {
    const id = await aProfile();
    const comment = await as({ service: 'comment' });
    await expect(comment.applyReputation({ events: [event(id)] })).rejects.toMatchObject(
      denied('KIND_NOT_YOURS', { caller: 'comment', kind: 'POST_UPVOTED' }),
    );
    await expect(anyone.applyReputation({ events: [event(id)] })).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED'));
    expect(await reputationOf(id)).toBe(1);
  });

  it('shows its events to their user and to moderators, latest first', async () => {
    const id = await aProfile();
    const events = [event(id), event(id, ReputationKind.DOWNVOTE_CAST)];
    await post.applyReputation({ events });
    const me = await as({ user: aUser({ id }) });
    const page = await me.listReputationEvents({ pageSize: 1 });
    expect(page.events).toMatchObject([{ id: events[1]?.id, delta: -1, undone: false }]);
    expect((await me.listReputationEvents({ pageToken: page.nextPageToken })).events).toMatchObject([{ id: events[0]?.id, delta: 10 }]);
    const other = await as({ user: aUser() });
    await expect(other.listReputationEvents({ userId: id })).rejects.toMatchObject(denied('NOT_YOUR_EVENTS'));
    const moderator = await as({ user: aUser({ roles: ['MODERATOR'] }) });
    expect((await moderator.listReputationEvents({ userId: id })).events).toHaveLength(2);
  });
});

describe('bad input', () => {
  const id = newId();
  it.each<[string, () => Promise<unknown>, string[]]>([
    ['an id that is none', () => anyone.getUser({ id: 'x' }), ['id']],
    ['no id', () => anyone.getUser({}), ['id']],
    [
      'a mask with an unknown field',
      () => anyone.batchGetUsers({ ids: [id], readMask: { paths: ['id', 'email'] } }),
      ['read_mask.paths[1]'],
    ],
    ['too many ids', () => anyone.batchGetUsers({ ids: Array.from({ length: 2_001 }, () => id) }), ['ids']],
    [
      'a page too large and a token that is none',
      () => anyone.listUsers({ pageSize: 101, pageToken: "'; --" }),
      ['page_size', 'page_token'],
    ],
    ['a negative page', () => anyone.listUsers({ pageSize: -1 }), ['page_size']],
    ['a role that is none', async () => (await admin()).grantRole({ userId: id, role: JSON.parse('99') as Role }), ['role']],
    ['no role', async () => (await admin()).grantRole({ userId: id }), ['role']],
    ['a name too short', async () => (await as({ user: aUser() })).updateProfile({ displayName: 'x' }), ['display_name']],
    ['a name with NUL', async () => (await as({ user: aUser() })).updateProfile({ displayName: 'A\u0000da' }), ['display_name']],
    ['no reason', async () => (await admin()).suspendUser({ userId: id, reason: ' ' }), ['reason']],
    ['no events', () => post.applyReputation({}), ['events']],
    [
      'an event of nothing',
      () => post.applyReputation({ events: [{}] }),
      ['events[0].id', 'events[0].user_id', 'events[0].kind', 'events[0].subject_id', 'events[0].occurred_at'],
    ],
  ])('%s', async (_name, place, fields) => {
    const error = await place().then(
      () => undefined,
      (refused: unknown) => refused as { reason: string; violations: { field: string }[] },
    );
    expect(error?.reason).toBe('INVALID_FIELD');
    expect(error?.violations.map(({ field }) => field)).toEqual(fields);
  });

  it('cannot set the worth of an event', async () => {
    const userId = await aProfile();
    await post.applyReputation({ events: [{ ...event(userId), delta: 10_000, occurredAt: timestampFromDate(new Date()) }] });
    expect(await reputationOf(userId)).toBe(11);
  });
});

/** Repeatable choices. */
function chanceOf(seed: number) {
  let state = seed;
  /** A number from 0 to `below` - 1. */
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return { next, one: <T>(values: readonly T[]) => values[next(values.length)] as T };
}

describe('reputation events that are older than a month', () => {
  const DAY_MS = 86_400_000;
  const old = (days: number) => timestampFromDate(new Date(Date.now() - days * DAY_MS));
  const databaseUrl = () => user.databaseUrl ?? '';
  const rowsOf = (id: string) =>
    query<{ undone: boolean; delta: number }>(databaseUrl(), 'SELECT undone, delta FROM reputation_event WHERE user_id = $1 ORDER BY id', [
      id,
    ]);
  const sumOf = async (id: string) => (await rowsOf(id)).reduce((sum, { delta }) => sum + delta, 0);
  const countedOf = async (id: string) =>
    (await query<{ sum: number }>(databaseUrl(), 'SELECT reputation_sum AS sum FROM profile WHERE id = $1', [id]))[0]?.sum;
  const age = (id: string) =>
    query(databaseUrl(), "UPDATE reputation_event SET occurred_at = occurred_at - interval '32 days' WHERE user_id = $1", [id]);

  async function fold(): Promise<number> {
    const dataSource = await new DataSource({ type: 'postgres', url: databaseUrl() }).initialize();
    const folds = [new ReputationFold(dataSource), new ReputationFold(dataSource)];
    // As two replicas do.
    const [one = 0, other = 0] = await Promise.all(folds.map((each) => each.fold())).finally(() => dataSource.destroy());
    return one + other;
  }

  it('are refused, counted before or not', async () => {
    const id = await aProfile();
    const counted = { ...event(id), occurredAt: old(29) };
    await delivered(counted);
    for (const one of [event(id), counted]) {
      const late = post.applyReputation({ events: [{ ...one, occurredAt: old(30.1) }] });
      await expect(late).rejects.toMatchObject(denied('EVENT_TOO_OLD', { id: one.id, days: '30' }));
    }
    expect(await reputationOf(id)).toBe(11);
  });

  it('are deleted with those that undo them; the others stay, and the sum', async () => {
    const id = await aProfile();
    const { subjectId } = event(id);
    const vote = (undone: boolean, kind = ReputationKind.POST_UPVOTED) => ({ ...event(id, kind, undone), subjectId });
    // Two voters flip, one of them ends with a vote; a downvote was undone; the undoing of a vote that was never reported.
    const flips = [vote(false), vote(true), vote(false), vote(true), vote(false)];
    const downvote = [vote(false, ReputationKind.POST_DOWNVOTED), vote(true, ReputationKind.POST_DOWNVOTED)];
    await post.applyReputation({ events: [...flips, ...downvote, event(id, ReputationKind.POST_UPVOTED, true)] });
    await age(id);
    const recent = [vote(false), vote(true)];
    await post.applyReputation({ events: recent });
    const before = await sumOf(id);
    expect(await fold()).toBeGreaterThanOrEqual(6);
    expect(await rowsOf(id)).toEqual([
      { undone: false, delta: 10 },
      { undone: true, delta: -10 },
      { undone: false, delta: 10 },
      { undone: true, delta: -10 },
    ]);
    expect([await sumOf(id), before]).toEqual([0, 0]);
    await post.applyReputation({ events: recent });
    expect(await rowsOf(id)).toHaveLength(4);
    expect(await reputationOf(id)).toBe(1);
  });

  it('count once each, in any order of votes, repetitions, ages and folds', async () => {
    const seed = randomInt(2 ** 31);
    const { next, one } = chanceOf(seed);
    const ids = await Promise.all([aProfile(), aProfile()]);
    const subjects = [newId(), newId(), newId()];
    /** Every event that was ever reported, with its age in days; whether it was accepted. */
    const model: { event: ReturnType<typeof event>; age: number; counted: boolean }[] = [];
    const kinds = [
      [ReputationKind.POST_UPVOTED, 10],
      [ReputationKind.POST_DOWNVOTED, -2],
    ] as const;
    const worth = new Map<ReputationKind, number>(kinds);
    const report = async (entries: typeof model) => {
      const events = entries.map(({ event, age }) => ({ ...event, occurredAt: old(age) }));
      const tooOld = entries.some(({ age }) => age > 30);
      const outcome = await post.applyReputation({ events }).then(
        () => 'counted',
        () => 'refused',
      );
      expect(outcome).toBe(tooOld ? 'refused' : 'counted');
      if (!tooOld) for (const entry of entries) entry.counted = true;
    };
    const steps = {
      vote: () => {
        const fresh = Array.from({ length: 1 + next(6) }, () => {
          const [kind] = one(kinds);
          return { event: { ...event(one(ids), kind, next(2) === 0), subjectId: one(subjects) }, age: next(29) + 0.5, counted: false };
        });
        model.push(...fresh);
        // Some are lost or late: a later step may deliver them.
        return report(fresh.filter(() => next(4) > 0).concat(fresh.slice(0, 1)));
      },
      repeat: async () => {
        // The latest: most others are too old to be accepted.
        const recent = model.slice(-40);
        for (let times = next(10); times > 0 && recent.length > 0; times -= 1) await report([one(recent)]);
      },
      wait: async () => {
        const days = 1 + next(6);
        for (const entry of model) entry.age += days;
        await query(
          databaseUrl(),
          'UPDATE reputation_event SET occurred_at = occurred_at - make_interval(days => $2) WHERE user_id = ANY($1)',
          [ids, days],
        );
      },
      fold: async () => {
        await Promise.all([fold(), steps.vote(), steps.repeat()]);
      },
    };
    for (let step = 0; step < 150; step += 1) await one(Object.values(steps))();
    for (const id of ids) {
      const counted = model.filter((entry) => entry.counted && entry.event.userId === id);
      const expected = counted.reduce((sum, { event: { kind, undone } }) => sum + (worth.get(kind) ?? 0) * (undone ? -1 : 1), 0);
      const rows = await rowsOf(id);
      expect({ seed, sum: await countedOf(id), rows: rows.reduce((sum, { delta }) => sum + delta, 0) }).toEqual({
        seed,
        sum: expected,
        rows: expected,
      });
      expect(rows.length).toBeLessThan(counted.length);
    }
  });

  it('are deleted in batches', async () => {
    const id = await aProfile();
    await query(
      databaseUrl(),
      `INSERT INTO reputation_event SELECT gen_random_uuid(), $1, 'POST_UPVOTED', n % 2 = 0, $1, CASE WHEN n % 2 = 0 THEN -10 ELSE 10 END,
         now() - interval '40 days' FROM generate_series(1, 5001) n`,
      [id],
    );
    await fold();
    expect(await rowsOf(id)).toEqual([{ undone: false, delta: 10 }]);
  });
});
