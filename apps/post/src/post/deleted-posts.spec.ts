import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PostService } from '@reputable/contracts/post/v1/post';
import { aUser, eventually, query, Relay, type TestService, TestWorld, urlsOf } from '@reputable/testing';

let world: TestWorld;
let comment: TestService;
let post: TestService;
/** The connections from post to comment. */
let toComment: Relay;
const ada = aUser();

beforeAll(async () => {
  world = await TestWorld.shared();
  const [user, other] = await Promise.all([world.service('user'), world.service('comment')]);
  comment = other;
  toComment = await Relay.start(() => comment.ports.grpc);
  post = await world.start('post', { ...urlsOf({ user }), COMMENT_URL: toComment.url });
});
afterAll(() => post.stop());

const adas = () => world.client(PostService, post, { user: ada });

async function aPost(comments: number): Promise<string> {
  const id = (await eventually(async () => (await adas()).createPost({ title: 'T', body: 'B' }))).post?.id ?? '';
  await query(
    comment.databaseUrl,
    `WITH added AS (
       INSERT INTO comment (id, post_id, author_id, body, score, created_at, updated_at)
       SELECT uuidv7(), $1::uuid, $2::uuid, 'A comment.', 1, now(), now() FROM generate_series(1, $3::int) RETURNING id
     )
     INSERT INTO comment_vote (comment_id, user_id) SELECT id, uuidv7() FROM added`,
    [id, ada.id, comments],
  );
  return id;
}

const commentsOn = async (postId: string) =>
  (await query(comment.databaseUrl, 'SELECT FROM comment LEFT JOIN comment_vote ON comment_id = id WHERE post_id = $1', [postId])).length;

const remove = async (id: string) => (await adas()).deletePost({ id });

const vanish = (id: string) =>
  eventually(async () => {
    expect(await commentsOn(id)).toBe(0);
  });

describe('the comments on a deleted post', () => {
  let kept = '';
  beforeEach(async () => {
    kept = await aPost(2);
  });

  it('are deleted with their votes, more than one batch of them, and no others', async () => {
    const id = await aPost(1_200);
    await remove(id);
    await vanish(id);
    expect(await commentsOn(kept)).toBe(2);
  });

  it('are deleted after an outage of the comment service and a kill of the post service', async () => {
    const id = await aPost(3);
    toComment.down();
    await remove(id);
    await post.stop('SIGKILL');
    post = await world.restart(post);
    expect(await commentsOn(id)).toBe(3);
    await toComment.up();
    await vanish(id);
  });

  it('stay if the post stays', async () => {
    const others = await world.client(PostService, post, { user: aUser() });
    await expect(others.deletePost({ id: kept })).rejects.toMatchObject({ reason: 'NOT_YOUR_POST' });
    expect(await query(post.databaseUrl, "SELECT FROM pgboss.job WHERE name = 'deleted_post' AND data ->> 'postId' = $1", [kept])).toEqual(
      [],
    );
  });

  it('are deleted again later, so that none of a request in progress remains', async () => {
    const id = await aPost(1);
    await remove(id);
    await vanish(id);
    await query(
      comment.databaseUrl,
      "INSERT INTO comment (id, post_id, author_id, body, created_at, updated_at) VALUES (uuidv7(), $1, $2, 'Late.', now(), now())",
      [id, ada.id],
    );
    const due =
      "UPDATE pgboss.job SET start_after = now() WHERE name = 'deleted_post' AND data ->> 'postId' = $1 AND state = 'created' RETURNING 1";
    expect(await query(post.databaseUrl, due, [id])).toHaveLength(1);
    await vanish(id);
  });
});
