import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Code } from '@reputable/errors';
import { aUser, denied, eventually, PATIENCE, query, type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { randomUUID } from 'node:crypto';

let world: TestWorld;
let user: TestService;
let comment: TestService;

beforeAll(async () => {
  world = await TestWorld.shared();
  user = await world.service('user');
  // Voting needs no post.
  comment = await world.start('comment', { USER_URL: `localhost:${String(user.ports.grpc)}`, POST_URL: 'localhost:1' });
});
afterAll(() => comment.stop());

const as = (who: TestUser) => world.client(CommentService, comment, { user: who });

/** A comment by a user with a profile, so that their reputation counts. */
async function aComment() {
  const [id, author] = [randomUUID(), aUser({ reputation: 15 })];
  const accounts = await world.client(UserService, user, { service: 'auth' });
  await accounts.createProfile({ userId: author.id, displayName: 'Ada' });
  await query(
    comment.databaseUrl,
    "INSERT INTO comment (id, post_id, author_id, body, created_at, updated_at) VALUES ($1, $1, $2, 'C', now(), now())",
    [id, author.id],
  );
  return { id, author };
}

/** The sum of a user's reputation events, after all deliveries. */
async function reputation({ id }: TestUser) {
  await eventually(async () => {
    const waiting = "SELECT FROM pgboss.job WHERE name = 'reputation' AND state <> 'completed' AND data ->> 'userId' = $1";
    expect(await query(comment.databaseUrl, waiting, [id])).toEqual([]);
  });
  const [row] = await query<{ sum: number }>(user.databaseUrl, 'SELECT reputation_sum AS sum FROM profile WHERE id = $1', [id]);
  return row?.sum;
}

const scoreOf = async (id: string) => {
  const sql = 'SELECT score, count(user_id)::int AS votes FROM comment LEFT JOIN comment_vote ON comment_id = id WHERE id = $1 GROUP BY id';
  return (await query<{ score: number; votes: number }>(comment.databaseUrl, sql, [id]))[0];
};

describe('a vote for a comment', () => {
  it.each([
    { does: ['upvoteComment'], score: 1, reputes: 2 },
    { does: ['upvoteComment', 'upvoteComment'], score: 1, reputes: 2 },
    { does: ['retractCommentVote'], score: 0, reputes: 0 },
    { does: ['upvoteComment', 'retractCommentVote', 'retractCommentVote'], score: 0, reputes: 0 },
    { does: ['upvoteComment', 'retractCommentVote', 'upvoteComment'], score: 1, reputes: 2 },
  ] as const)('$does: score $score, reputation $reputes', async ({ does, score, reputes }) => {
    const { id, author } = await aComment();
    const bobs = await as(aUser({ reputation: 15 }));
    let last;
    for (const verb of does) last = await bobs[verb]({ id });
    expect(last?.comment).toMatchObject({ id, authorId: author.id, body: 'C', score });
    expect(await scoreOf(id)).toEqual({ score, votes: score });
    expect(await reputation(author)).toBe(reputes);
  });

  it("is refused on the user's own comment", async () => {
    const { id, author } = await aComment();
    const adas = await as(author);
    await expect(adas.upvoteComment({ id })).rejects.toMatchObject({ ...denied('OWN_COMMENT'), code: Code.PERMISSION_DENIED });
    await expect(adas.retractCommentVote({ id })).resolves.toMatchObject({ comment: { score: 0 } });
    expect(await scoreOf(id)).toEqual({ score: 0, votes: 0 });
  });

  it('needs a comment, and 15 reputation', async () => {
    const id = randomUUID();
    const [less, enough] = [await as(aUser({ reputation: 14 })), await as(aUser({ reputation: 15 }))];
    await expect(less.upvoteComment({ id })).rejects.toMatchObject(denied('REPUTATION_TOO_LOW', { required: '15', actual: '14' }));
    const missing = { ...denied('COMMENT_NOT_FOUND', { id }), code: Code.NOT_FOUND };
    await expect(enough.upvoteComment({ id })).rejects.toMatchObject(missing);
    await expect(enough.retractCommentVote({ id })).rejects.toMatchObject(missing);
  });

  it('counts once per user under concurrency, and a hundred times for a hundred users (A13)', async () => {
    const [one, many] = [await aComment(), await aComment()];
    const bobs = await as(aUser({ reputation: 15 }));
    await Promise.all(Array.from({ length: 50 }, () => bobs.upvoteComment({ id: one.id })));
    const clients = await Promise.all(Array.from({ length: 100 }, () => as(aUser({ reputation: 15 }))));
    await Promise.all(clients.map((client) => client.upvoteComment({ id: many.id })));
    await Promise.all(clients.slice(0, 30).map((client) => client.retractCommentVote({ id: many.id })));
    expect([await scoreOf(one.id), await scoreOf(many.id)]).toEqual([
      { score: 1, votes: 1 },
      { score: 70, votes: 70 },
    ]);
    expect([await reputation(one.author), await reputation(many.author)]).toEqual([2, 140]);
  });
});

it('the comments of a user, and the votes for comments, are listed for that user alone, page by page', async () => {
  const [bob, carol] = [aUser({ reputation: 15 }), aUser({ reputation: 15 })];
  const comments = await Promise.all(Array.from({ length: 5 }, () => aComment()));
  const [bobs, carols] = [await as(bob), await as(carol)];
  for (const { id } of comments) await bobs.upvoteComment({ id });
  await carols.upvoteComment({ id: comments[0]?.id ?? '' });
  const own = `INSERT INTO comment (id, post_id, author_id, body, created_at, updated_at)
    SELECT uuidv7(), uuidv7(), $1::uuid, 'Of Bob ' || n, now(), now() FROM generate_series(1, 5) AS n`;
  await query(comment.databaseUrl, own, [bob.id]);

  const [voted, written]: [string[], string[]] = [[], []];
  let pageToken = '';
  do {
    const page = await bobs.listOwnCommentVotes({ pageSize: 2, pageToken });
    voted.push(...page.votes.map(({ commentId }) => commentId));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  do {
    const page = await bobs.listOwnComments({ pageSize: 2, pageToken });
    written.push(...page.comments.map(({ body }) => body));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(voted).toEqual(comments.map(({ id }) => id).sort());
  expect(written).toEqual([5, 4, 3, 2, 1].map((n) => `Of Bob ${String(n)}`));
  expect((await carols.listOwnCommentVotes({})).votes).toMatchObject([{ commentId: comments[0]?.id }]);
  expect((await carols.listOwnComments({})).comments).toEqual([]);
});

describe('commenting while the post service is down (A14)', () => {
  it('fails before the deadline, with the name of the service', async () => {
    const asked = Date.now();
    const wanted = (await as(aUser())).createComment({ postId: randomUUID(), body: 'Hi' });
    await expect(wanted).rejects.toMatchObject({ ...denied('SERVICE_UNAVAILABLE', { service: 'post' }), code: Code.UNAVAILABLE });
    expect(Date.now() - asked).toBeLessThan(PATIENCE * 2_000);
  });
});
