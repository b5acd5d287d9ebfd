import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@reputable/auth';
import { CreatePostRequestSchema, PostSchema, PostService, PostView, Vote } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Code } from '@reputable/errors';
import { aUser, denied, eventually, query, type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { randomUUID } from 'node:crypto';

type Posts = Client<typeof PostService>;

let world: TestWorld;
let user: TestService;
let post: TestService;
let anybody: Posts;
let adas: Posts;
const ada = aUser();

beforeAll(async () => {
  world = await TestWorld.shared();
  user = await world.service('user');
  post = await world.service('post');
  const accounts = await world.client(UserService, user, { service: 'auth' });
  await accounts.createProfile({ userId: ada.id, displayName: 'Ada' });
  anybody = await world.client(PostService, post);
  adas = await as(ada);
});

const as = (who: TestUser) => world.client(PostService, post, { user: who });

async function aPost(by: Posts = adas, title = 'A title') {
  const { post } = await by.createPost({ title, body: 'A body.' });
  if (!post) throw new Error('The response has no post.');
  return post;
}

describe('a post', () => {
  it('is published by the user and read by anyone', async () => {
    const { post: created } = await adas.createPost({ title: '  Why? ', body: 'Because.\n\tThat is why.' });
    expect(created).toMatchObject({
      authorId: ada.id,
      title: 'Why?',
      body: 'Because.\n\tThat is why.',
      score: 0,
      myVote: Vote.UNSPECIFIED,
    });
    expect((await anybody.getPost({ id: created?.id ?? '' })).post).toEqual(created);
  });

  it('has at most the allowed number of code points', async () => {
    const { post } = await adas.createPost({ title: '👍'.repeat(300), body: '👍'.repeat(30_000) });
    expect(post?.title).toHaveLength(600);
  });

  it('is read in batches, each post once, without missing posts', async () => {
    const [one, two] = [await aPost(), await aPost()];
    const { posts } = await anybody.batchGetPosts({ ids: [one.id, two.id, randomUUID(), one.id] });
    expect(posts.map(({ id }) => id).sort()).toEqual([one.id, two.id].sort());
    expect((await anybody.batchGetPosts({})).posts).toEqual([]);
  });

  it('is created once by requests with one idempotency key, also by concurrent ones', async () => {
    const request = { title: 'Once', body: 'Only.', idempotencyKey: randomUUID() };
    const created = await Promise.all(Array.from({ length: 10 }, () => adas.createPost(request)));
    expect(new Set(created.map(({ post }) => post?.id)).size).toBe(1);
    expect(created.every(({ post }) => post?.title === 'Once' && post.createdAt?.nanos === created[0]?.post?.createdAt?.nanos)).toBe(true);
    expect(await query(post.databaseUrl, 'SELECT FROM post WHERE idempotency_key = $1', [request.idempotencyKey])).toHaveLength(1);
  });

  it('has its current state in the answer to a repeated request', async () => {
    const request = { title: 'First', body: 'B', idempotencyKey: randomUUID() };
    const { post: created } = await adas.createPost(request);
    await adas.updatePost({ id: created?.id ?? '', title: 'Second' });
    expect((await adas.createPost(request)).post).toMatchObject({ id: created?.id, title: 'Second' });
  });

  it('has a key of its author: other content is refused, and other users have keys of their own', async () => {
    const request = { title: 'One', body: 'B', idempotencyKey: randomUUID() };
    const { post: created } = await adas.createPost(request);
    await expect(adas.createPost({ ...request, title: 'Two' })).rejects.toMatchObject({
      ...denied('IDEMPOTENCY_KEY_REUSED'),
      code: Code.ALREADY_EXISTS,
    });
    const { post: others } = await (await as(aUser())).createPost(request);
    expect(others?.id).not.toBe(created?.id);
    await adas.deletePost({ id: created?.id ?? '' });
    expect((await adas.createPost({ ...request, title: 'Two' })).post).toMatchObject({ title: 'Two' });
  });

  it('is changed by its author, partly or completely', async () => {
    const { id, updatedAt } = await aPost();
    const { post } = await adas.updatePost({ id, title: 'Another' });
    expect(post).toMatchObject({ title: 'Another', body: 'A body.' });
    expect(Number(post?.updatedAt?.seconds) * 1e9 + Number(post?.updatedAt?.nanos)).toBeGreaterThan(
      Number(updatedAt?.seconds) * 1e9 + Number(updatedAt?.nanos),
    );
    expect((await adas.updatePost({ id, title: 'Third', body: 'New.' })).post).toMatchObject({ title: 'Third', body: 'New.' });
  });

  it('is changed only in the version of the etag, by one of several concurrent changes', async () => {
    const { id, etag } = await aPost();
    const changes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, index) => adas.updatePost({ id, title: `Change ${String(index)}`, etag })),
    );
    const refused = changes.flatMap((change) => (change.status === 'rejected' ? [change.reason as unknown] : []));
    expect(refused).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ ...denied('POST_CHANGED', { id }), code: Code.ABORTED })),
    );
    const { post } = await anybody.getPost({ id });
    expect(post?.etag).not.toBe(etag);
    await expect(adas.updatePost({ id, title: 'Late', etag: 'Ä"' })).rejects.toMatchObject({ reason: 'POST_CHANGED' });
    expect((await adas.updatePost({ id, title: 'Last', etag: post?.etag ?? '' })).post).toMatchObject({ title: 'Last' });
  });

  it('is changed and deleted by others only as the rules allow', async () => {
    const { id } = await aPost();
    const [member, editor, moderator] = [
      await as(aUser()),
      await as(aUser({ reputation: 2_000 })),
      await as(aUser({ roles: ['MODERATOR'] })),
    ];
    await expect(member.updatePost({ id, title: 'Mine' })).rejects.toMatchObject(denied('NOT_YOUR_POST'));
    await expect(member.deletePost({ id })).rejects.toMatchObject({ ...denied('NOT_YOUR_POST'), code: Code.PERMISSION_DENIED });
    await expect(editor.updatePost({ id, title: 'Better' })).resolves.toMatchObject({ post: { title: 'Better', authorId: ada.id } });
    await expect(editor.deletePost({ id })).rejects.toMatchObject(denied('NOT_YOUR_POST'));
    await moderator.deletePost({ id });
    await expect(anybody.getPost({ id })).rejects.toMatchObject({ ...denied('POST_NOT_FOUND', { id }), code: Code.NOT_FOUND });
  });

  it('is deleted with its votes by its author', async () => {
    const { id } = await aPost();
    await (await as(aUser({ reputation: 15 }))).upvotePost({ id });
    await adas.deletePost({ id });
    expect(await query(post.databaseUrl, 'SELECT FROM vote WHERE post_id = $1', [id])).toEqual([]);
    await expect(adas.deletePost({ id })).rejects.toMatchObject(denied('POST_NOT_FOUND'));
    await expect(adas.updatePost({ id, title: 'Late' })).rejects.toMatchObject(denied('POST_NOT_FOUND'));
  });

  it('needs a user', async () => {
    await expect(anybody.createPost({ title: 'T', body: 'B' })).rejects.toMatchObject({
      ...denied('TOKEN_MISSING'),
      code: Code.UNAUTHENTICATED,
    });
  });
});

describe("a user's own vote", () => {
  it('is on every post that they read, and invisible to others', async () => {
    const author = await as(aUser());
    const [up, down, none] = [await aPost(author), await aPost(author), await aPost(author)];
    const bob = await as(aUser({ reputation: 125 }));
    await bob.upvotePost({ id: up.id });
    await bob.downvotePost({ id: down.id });
    const expected = [Vote.UNSPECIFIED, Vote.DOWN, Vote.UP];

    const listed = async (by: Posts) => (await by.listPosts({ authorId: up.authorId })).posts.map(({ myVote }) => myVote);
    expect(await listed(bob)).toEqual(expected);
    expect(await listed(anybody)).toEqual([0, 0, 0]);
    expect(await listed(author)).toEqual([0, 0, 0]);

    const { posts } = await bob.batchGetPosts({ ids: [none.id, down.id, up.id] });
    expect(posts.sort((a, b) => (a.id < b.id ? 1 : -1)).map(({ myVote }) => myVote)).toEqual(expected);
    expect((await bob.getPost({ id: down.id })).post?.myVote).toBe(Vote.DOWN);
  });
});

describe('a post with its author', () => {
  it("has the author's profile", async () => {
    const { id } = await aPost();
    const { post } = await anybody.getPost({ id, view: PostView.WITH_AUTHOR });
    expect(post?.author).toMatchObject({ id: ada.id, displayName: 'Ada', suspended: false });
    expect((await anybody.getPost({ id })).post?.author).toBeUndefined();
  });

  it('is fetched on behalf of the same user: the user service refuses a token for another audience', async () => {
    const { id } = await aPost();
    const token = await world.issuer.tokenFor(ada, { aud: ['post'] });
    const narrow = await world.client(PostService, post, { token });
    await expect(narrow.getPost({ id })).resolves.toMatchObject({ post: { id } });
    await expect(narrow.getPost({ id, view: PostView.WITH_AUTHOR })).rejects.toMatchObject({
      ...denied('TOKEN_INVALID'),
      code: Code.UNAUTHENTICATED,
    });
    await eventually(() => {
      expect(user.log()).toMatch(/"rpc":"\/reputable\.user\.v1\.UserService\/GetUser","reason":"TOKEN_INVALID".*"service":"post"/);
    });
  });

  it('has a placeholder if the account of the author was deleted', async () => {
    const author = aUser();
    const { id } = await aPost(await as(author));
    const { post: found } = await anybody.getPost({ id, view: PostView.WITH_AUTHOR });
    expect(found?.author).toMatchObject({ id: author.id, displayName: 'deleted user', reputation: 1, suspended: false });
  });
});

describe('a list of posts', () => {
  it('continues correctly on the next page after new posts, also for equal times', async () => {
    const author = await as(aUser());
    const written = [];
    for (const title of ['1', '2', '3', '4', '5']) written.push(await aPost(author, title));
    const authorId = written[0]?.authorId ?? '';
    await query(post.databaseUrl, 'UPDATE post SET created_at = now() WHERE author_id = $1', [authorId]);

    const page = async (pageToken: string) => {
      const { posts, nextPageToken } = await anybody.listPosts({ authorId, pageSize: 2, pageToken });
      return { titles: posts.map(({ title }) => title).join(), nextPageToken };
    };
    const first = await page('');
    await aPost(author, '6');
    await author.deletePost({ id: written[3]?.id ?? '' });
    const second = await page(first.nextPageToken);
    const third = await page(second.nextPageToken);
    expect([first.titles, second.titles, third.titles]).toEqual(['5,4', '3,2', '1']);
    expect(third.nextPageToken).toBe('');
    expect((await page('')).titles).toBe('6,5');
  });

  it('ends with a full page where there are no more', async () => {
    const author = await as(aUser());
    const [one] = [await aPost(author), await aPost(author)];
    const { posts, nextPageToken } = await anybody.listPosts({ authorId: one.authorId, pageSize: 2 });
    expect([posts.length, nextPageToken]).toEqual([2, '']);
  });

  it('has 20 posts of all authors by default, newest first', async () => {
    for (let n = 0; n < 20; n++) await aPost();
    const newest = await aPost(await as(aUser()));
    const { posts } = await anybody.listPosts({});
    expect(posts).toHaveLength(20);
    expect(posts[0]?.id).toBe(newest.id);
  });
});

describe('a read mask', () => {
  const paths = PostSchema.fields.map(({ name }) => name);
  it.each([...paths.map((path) => [path]), ['id', 'title'], ['body', 'updated_at', 'my_vote'], ['id', 'id', 'author_id']])(
    'of %s %s %s: these fields, and no others',
    async (...given) => {
      const mask = given.filter((path) => typeof path === 'string');
      const { authorId, id } = await aPost(await as(aUser()));
      const bob = await as(aUser({ reputation: 15 }));
      await bob.upvotePost({ id });
      const { posts: all } = await bob.listPosts({ authorId });
      const fields = PostSchema.fields.filter(({ name }) => mask.includes(name)).map(({ localName }) => localName);
      const expected = all.map((post) =>
        create(PostSchema, Object.fromEntries(Object.entries(post).filter(([name]) => fields.includes(name)))),
      );
      expect((await bob.listPosts({ authorId, readMask: { paths: mask } })).posts).toEqual(expected);
    },
  );

  it.each([[['*']], [[]], [['title', '*']]])('of %j: all fields', async (mask) => {
    const { authorId } = await aPost(await as(aUser()));
    expect(await anybody.listPosts({ authorId, readMask: { paths: mask } })).toEqual(await anybody.listPosts({ authorId }));
  });

  it('changes neither the pages nor their tokens', async () => {
    const author = await as(aUser());
    const [one] = [await aPost(author), await aPost(author), await aPost(author)];
    const page = async (readMask?: { paths: string[] }, pageToken = '') =>
      anybody.listPosts({ authorId: one.authorId, pageSize: 2, pageToken, ...(readMask && { readMask }) });
    const titles = await page({ paths: ['title'] });
    expect(titles.nextPageToken).toBe((await page()).nextPageToken);
    expect((await page({ paths: ['id'] }, titles.nextPageToken)).posts).toMatchObject([{ id: one.id, title: '' }]);
  });
});

describe('bad input', () => {
  const id = randomUUID();
  it.each<[keyof Posts, string[], object]>([
    ['getPost', ['id'], { id: 'x' }],
    ['getPost', ['id'], { id: `${id}\u0000` }],
    ['getPost', ['id', 'view'], { id: '', view: 7 }],
    ['batchGetPosts', ['ids[1]', 'ids[3]'], { ids: [id, 'x', id, ''] }],
    ['batchGetPosts', ['ids'], { ids: Array.from({ length: 101 }, () => id) }],
    ['listPosts', ['page_size', 'page_token', 'author_id'], { pageSize: 101, pageToken: 'x', authorId: 'y' }],
    ['listPosts', ['page_size', 'page_token'], { pageSize: -1, pageToken: '!'.repeat(22) }],
    ['listPosts', ['read_mask.paths[1]', 'read_mask.paths[2]'], { readMask: { paths: ['id', 'titel', 'author.id'] } }],
    ['createPost', ['title', 'body'], {}],
    ['createPost', ['title', 'body'], { title: ' \n ', body: '\t' }],
    ['createPost', ['title', 'body'], { title: 'x'.repeat(301), body: 'x'.repeat(30_001) }],
    ['createPost', ['title'], { title: '👍'.repeat(301), body: 'x' }],
    ['createPost', ['title', 'body'], { title: 'a\u0000b', body: 'a\u0000b' }],
    ['createPost', ['title'], { title: 'two\nlines', body: 'two\nlines' }],
    ['createPost', ['title'], { title: 'a \u202Eelbaton', body: 'a \u202Eelbaton' }],
    ['createPost', ['body'], { title: 'a', body: `e${'\u0301'.repeat(60_000)}` }],
    ['createPost', ['title'], { title: 'half of \ud83d', body: 'b' }],
    ['updatePost', ['id', 'title', 'body'], { id: 'x', title: '', body: 'x'.repeat(30_001) }],
    ['updatePost', [''], { id }],
    ['deletePost', ['id'], { id: '1' }],
    ['upvotePost', ['id'], { id: "' OR 1=1 --" }],
    ['downvotePost', ['id'], {}],
    ['retractVote', ['id'], { id: 'x'.repeat(10_000) }],
  ])('%s: all of %j', async (rpc, fields, request) => {
    const calls = (await as(aUser({ reputation: 125 }))) as Record<keyof Posts, (request: object) => Promise<unknown>>;
    const violations = fields.map((field) => expect.objectContaining({ field }) as unknown);
    await expect(calls[rpc](request)).rejects.toMatchObject({ ...denied('INVALID_FIELD'), code: Code.INVALID_ARGUMENT, violations });
  });

  const good = toBinary(CreatePostRequestSchema, create(CreatePostRequestSchema, { title: 'Forged', body: 'B' }));
  const { Varint, LengthDelimited } = WireType;
  it.each([
    ['author_id, by the number it has in Post', new BinaryWriter().raw(good).tag(3, LengthDelimited).string(randomUUID()).finish()],
    ['score, by the number it has in Post', new BinaryWriter().raw(good).tag(5, Varint).int32(1_000_000).finish()],
    ['a field that nobody knows', new BinaryWriter().raw(good).tag(99, Varint).int32(1).finish()],
    ['a number where there is a text', new BinaryWriter().tag(1, Varint).int32(7).finish()],
    ['a length beyond the end', new BinaryWriter().tag(1, LengthDelimited).uint32(1_000).finish()],
    [
      'bytes that are no UTF-8',
      new BinaryWriter()
        .tag(1, LengthDelimited)
        .bytes(new Uint8Array([0xff, 0xfe]))
        .finish(),
    ],
    ['bytes that are no message', new Uint8Array([0xff, 0xff, 0xff])],
  ])('%s is refused, and nothing is written (A12)', async (_what, bytes) => {
    const sent = world.send(PostService.method.createPost, post, bytes, { user: ada });
    await expect(sent).rejects.toMatchObject({ ...denied('INVALID_FIELD'), code: Code.INVALID_ARGUMENT });
    expect(await query(post.databaseUrl, "SELECT FROM post WHERE title = 'Forged'")).toEqual([]);
  });

  it("cannot change a post's author or score (A12)", async () => {
    const { id } = await aPost();
    for (const field of [3, 5]) {
      const bytes = new BinaryWriter()
        .tag(1, LengthDelimited)
        .string(id)
        .tag(2, LengthDelimited)
        .string('New')
        .tag(field, Varint)
        .int32(9)
        .finish();
      const sent = world.send(PostService.method.updatePost, post, bytes, { user: ada });
      await expect(sent).rejects.toMatchObject(denied('INVALID_FIELD'));
    }
    expect((await anybody.getPost({ id })).post).toMatchObject({ authorId: ada.id, score: 0, title: 'A title' });
  });
});
