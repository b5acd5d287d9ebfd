import { beforeAll, describe, expect, it } from '@jest/globals';
import { toBinary } from '@bufbuild/protobuf';
import type { Client } from '@reputable/auth';
import { ListOwnVotesResponseSchema, PostService, Vote } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Code } from '@reputable/errors';
import { aUser, denied, eventually, query, type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

type Posts = Client<typeof PostService>;
type Verb = 'upvotePost' | 'downvotePost' | 'retractVote';

let world: TestWorld;
let user: TestService;
let post: TestService;

beforeAll(async () => {
  world = await TestWorld.shared();
  user = await world.service('user');
  post = await world.service('post');
});

const as = (who: TestUser) => world.client(PostService, post, { user: who });

/** A user with a profile, so that their reputation counts. */
async function somebody(reputation = 125): Promise<TestUser> {
  const who = aUser({ reputation });
  const accounts = await world.client(UserService, user, { service: 'auth' });
  await accounts.createProfile({ userId: who.id, displayName: 'Somebody' });
  return who;
}

async function aPost(by: TestUser): Promise<string> {
  const { post } = await (await as(by)).createPost({ title: 'T', body: 'B' });
  return post?.id ?? '';
}

/** The sums of these users' reputation events, after all deliveries. */
async function reputations(...users: TestUser[]): Promise<number[]> {
  const ids = users.map(({ id }) => id);
  await eventually(async () => {
    const waiting = "SELECT id, data FROM pgboss.job WHERE name = 'reputation' AND state <> 'completed' AND data ->> 'userId' = ANY ($1)";
    expect(await query(post.databaseUrl, waiting, [ids])).toEqual([]);
  });
  const rows = await query<{ id: string; sum: number }>(
    user.databaseUrl,
    'SELECT id, reputation_sum AS sum FROM profile WHERE id = ANY ($1)',
    [ids],
  );
  return ids.map((id) => rows.find((row) => row.id === id)?.sum ?? NaN);
}

const scoreOf = async (id: string) => {
  const [row] = await query<{ score: number; votes: number; sum: number }>(
    post.databaseUrl,
    'SELECT score, count(user_id)::int AS votes, coalesce(sum(value), 0)::int AS sum FROM post LEFT JOIN vote ON post_id = id WHERE id = $1 GROUP BY id',
    [id],
  );
  return row;
};

describe('a vote', () => {
  it.each<{ does: Verb[]; score: number; myVote: Vote; author: number; voter: number }>([
    { does: ['upvotePost'], score: 1, myVote: Vote.UP, author: 10, voter: 0 },
    { does: ['downvotePost'], score: -1, myVote: Vote.DOWN, author: -2, voter: -1 },
    { does: ['retractVote'], score: 0, myVote: Vote.UNSPECIFIED, author: 0, voter: 0 },
    { does: ['upvotePost', 'upvotePost'], score: 1, myVote: Vote.UP, author: 10, voter: 0 },
    { does: ['upvotePost', 'downvotePost'], score: -1, myVote: Vote.DOWN, author: -2, voter: -1 },
    { does: ['downvotePost', 'upvotePost'], score: 1, myVote: Vote.UP, author: 10, voter: 0 },
    { does: ['upvotePost', 'retractVote', 'retractVote'], score: 0, myVote: Vote.UNSPECIFIED, author: 0, voter: 0 },
    { does: ['downvotePost', 'retractVote'], score: 0, myVote: Vote.UNSPECIFIED, author: 0, voter: 0 },
  ])('$does: score $score, reputation $author and $voter', async ({ does, score, myVote, author, voter }) => {
    const [ada, bob] = [await somebody(), await somebody()];
    const id = await aPost(ada);
    const bobs = await as(bob);
    let last;
    for (const verb of does) last = await bobs[verb]({ id });
    expect(last?.post).toMatchObject({ id, authorId: ada.id, title: 'T', body: 'B', score, myVote });
    expect((await bobs.getPost({ id })).post).toEqual(last?.post);
    expect(await reputations(ada, bob)).toEqual([author, voter]);
  });

  it("is refused on the user's own post, but a retraction without a vote succeeds", async () => {
    const ada = await somebody();
    const id = await aPost(ada);
    const adas = await as(ada);
    await expect(adas.upvotePost({ id })).rejects.toMatchObject({ ...denied('OWN_POST'), code: Code.PERMISSION_DENIED });
    await expect(adas.downvotePost({ id })).rejects.toMatchObject(denied('OWN_POST'));
    await expect(adas.retractVote({ id })).resolves.toMatchObject({ post: { score: 0 } });
    expect(await scoreOf(id)).toEqual({ score: 0, votes: 0, sum: 0 });
  });

  it('needs a post', async () => {
    const bobs = await as(await somebody());
    const id = randomUUID();
    for (const verb of ['upvotePost', 'downvotePost', 'retractVote'] as const) {
      await expect(bobs[verb]({ id })).rejects.toMatchObject({ ...denied('POST_NOT_FOUND', { id }), code: Code.NOT_FOUND });
    }
  });

  it.each<[Verb, number]>([
    ['upvotePost', 15],
    ['downvotePost', 125],
  ])('%s needs %i reputation', async (verb, required) => {
    const id = await aPost(await somebody());
    const [less, enough] = [await as(aUser({ reputation: required - 1 })), await as(aUser({ reputation: required }))];
    const metadata = { required: String(required), actual: String(required - 1) };
    await expect(less[verb]({ id })).rejects.toMatchObject(denied('REPUTATION_TOO_LOW', metadata));
    await enough[verb]({ id });
  });

  it('leaves no vote, score or event if its transaction fails', async () => {
    const ada = await somebody();
    const id = await aPost(ada);
    const bobs = await as(await somebody());
    const jobs = async () => (await query(post.databaseUrl, 'SELECT FROM pgboss.job')).length;
    const before = await jobs();
    await query(post.databaseUrl, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'secret'; END $$");
    await query(
      post.databaseUrl,
      'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON vote DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()',
    );
    try {
      const refused = await bobs.upvotePost({ id }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ ...denied('INTERNAL'), message: expect.not.stringContaining('secret') as unknown });
    } finally {
      await query(post.databaseUrl, 'DROP TRIGGER t ON vote');
    }
    expect([await scoreOf(id), await jobs()]).toEqual([{ score: 0, votes: 0, sum: 0 }, before]);
    await bobs.upvotePost({ id });
    expect(await reputations(ada)).toEqual([10]);
  });
});

describe('concurrent votes (A13)', () => {
  it('50 of one user on one post: one row, score 1, reputation +10', async () => {
    const ada = await somebody();
    const id = await aPost(ada);
    const bobs = await as(await somebody());
    await Promise.all(Array.from({ length: 50 }, () => bobs.upvotePost({ id })));
    expect(await scoreOf(id)).toEqual({ score: 1, votes: 1, sum: 1 });
    expect(await reputations(ada)).toEqual([10]);
  });

  it('200 votes, retractions and re-votes of four users: score and reputations are the sums', async () => {
    const ada = await somebody();
    const id = await aPost(ada);
    const voters = await Promise.all([somebody(), somebody(), somebody(), somebody()]);
    const clients = await Promise.all(voters.map(as));
    const verbs: Verb[] = ['upvotePost', 'downvotePost', 'retractVote'];
    const does = Array.from({ length: 200 }, (_, n) => ({
      client: clients[n % 4] as Posts,
      verb: verbs[Math.floor(Math.random() * 3)] as Verb,
    }));
    await Promise.all(does.map(({ client, verb }) => client[verb]({ id })));

    const votes = await query<{ user_id: string; value: number }>(post.databaseUrl, 'SELECT user_id, value FROM vote WHERE post_id = $1', [
      id,
    ]);
    const stands = voters.map((voter) => votes.find(({ user_id }) => user_id === voter.id)?.value ?? 0);
    const sum = stands.reduce((total, value) => total + value, 0);
    expect(await scoreOf(id)).toEqual({ score: sum, votes: votes.length, sum });
    const worth = stands.reduce((total, value) => total + (value === 1 ? 10 : value === -1 ? -2 : 0), 0);
    expect(await reputations(ada, ...voters)).toEqual([worth, ...stands.map((value) => Math.min(0, value) + 0)]);
  });

  it('500 users on one post: score 500, with retries after a deadline', async () => {
    const ada = await somebody();
    const id = await aPost(ada);
    const clients = await Promise.all(Array.from({ length: 500 }, () => as(aUser({ reputation: 15 }))));
    // On a loaded machine the last votes may exceed the deadline. A repeated vote changes nothing.
    await Promise.all(clients.map((client) => eventually(() => client.upvotePost({ id }))));
    expect(await scoreOf(id)).toEqual({ score: 500, votes: 500, sum: 500 });
    expect(await reputations(ada)).toEqual([5_000]);
  });

  it('while the post is deleted: each counts or finds no post, without a deadlock', async () => {
    const ada = await somebody();
    const id = await aPost(ada);
    const clients = await Promise.all(Array.from({ length: 60 }, () => as(aUser({ reputation: 15 }))));
    await Promise.all(clients.slice(0, 30).map((client) => client.upvotePost({ id })));
    const deletion = as(ada).then((adas) => adas.deletePost({ id }));
    const outcomes = await Promise.allSettled(clients.map((client, n) => client[n % 2 ? 'upvotePost' : 'retractVote']({ id })));
    await deletion;
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(failures.filter((failure) => (failure as { reason: string }).reason !== 'POST_NOT_FOUND')).toEqual([]);
    expect(await query(post.databaseUrl, 'SELECT FROM vote WHERE post_id = $1', [id])).toEqual([]);
  });
});

it('the votes of a user are listed for that user alone, in messages of a bounded size', async () => {
  const [bob, carol] = [aUser(), aUser()];
  const vote = `WITH posts AS (
      INSERT INTO post (id, author_id, title, body, created_at, updated_at)
      SELECT uuidv7(), $1::uuid, 'T', 'B', now(), now() FROM generate_series(1, $2::int) RETURNING id
    )
    INSERT INTO vote (post_id, user_id, value) SELECT id, $3::uuid, 1 - 2 * (row_number() OVER () % 2) FROM posts RETURNING post_id, value`;
  const votes = await query<{ post_id: string; value: number }>(post.databaseUrl, vote, [randomUUID(), 5_000, bob.id]);
  await query(post.databaseUrl, vote, [bob.id, 3, carol.id]);
  const bobs = await as(bob);
  const [found, sizes]: [string[], number[]] = [[], []];
  let pageToken = '';
  do {
    const page = await bobs.listOwnVotes({ pageSize: 100, pageToken });
    found.push(...page.votes.map(({ postId, vote: value }) => `${postId} ${Vote[value]}`));
    sizes.push(toBinary(ListOwnVotesResponseSchema, page).length);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(found).toEqual(votes.map(({ post_id, value }) => `${post_id} ${value === 1 ? 'UP' : 'DOWN'}`).sort());
  expect([sizes.length, Math.max(...sizes) < 8_192]).toEqual([50, true]);
  expect((await (await as(carol)).listOwnVotes({})).votes).toHaveLength(3);
  await expect(bobs.listOwnVotes({ pageSize: 101 })).rejects.toMatchObject(denied('INVALID_FIELD'));
});

describe('the votes of a user in a minute', () => {
  it('are bounded, over all posts and however they arrive', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const posts = await Promise.all(Array.from({ length: 4 }, () => aPost(ada)));
    const bobs = await as(bob);
    // Not at the end of a minute, when the count starts anew.
    const [now] = await query<{ left: number }>(post.databaseUrl, "SELECT 60 - date_part('second', now()) AS left");
    if (now && now.left < 20) await setTimeout(now.left * 1_000);
    const votes = Array.from({ length: 80 }, (_, n) => bobs[n % 8 < 4 ? 'upvotePost' : 'retractVote']({ id: posts[n % 4] ?? '' }));
    const refusals = (await Promise.allSettled(votes)).flatMap((vote) => (vote.status === 'rejected' ? [vote.reason as unknown] : []));
    expect(refusals).toHaveLength(20);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ ...denied('TOO_MANY_VOTES'), code: Code.RESOURCE_EXHAUSTED });
      const seconds = Number((refusal as { metadata: { retryAfter: string } }).metadata.retryAfter);
      expect([seconds > 0, seconds <= 60]).toEqual([true, true]);
    }
    await (await as(await somebody())).upvotePost({ id: posts[0] ?? '' });
    await query(post.databaseUrl, "UPDATE vote_count SET minute = minute - interval '1 minute' WHERE user_id = $1", [bob.id]);
    await bobs.upvotePost({ id: posts[0] ?? '' });
  });
});
