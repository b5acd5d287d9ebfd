import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@reputable/auth';
import { CommentSchema, CommentService, CreateCommentRequestSchema } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Code } from '@reputable/errors';
import { aUser, denied, eventually, query, type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { randomUUID } from 'node:crypto';

type Comments = Client<typeof CommentService>;

let world: TestWorld;
let user: TestService;
let post: TestService;
let comment: TestService;
let anybody: Comments;
let adas: Comments;
const ada = aUser();

beforeAll(async () => {
  world = await TestWorld.shared();
  ({ user, post, comment } = await world.services());
  await aProfile(ada, 'Ada');
  anybody = await world.client(CommentService, comment);
  adas = await as(ada);
});

const as = (who: TestUser) => world.client(CommentService, comment, { user: who });

async function aProfile({ id: userId }: TestUser, displayName: string) {
  const accounts = await world.client(UserService, user, { service: 'auth' });
  await accounts.createProfile({ userId, displayName });
}

async function aPost(by: TestUser = ada): Promise<string> {
  const { post: created } = await (await world.client(PostService, post, { user: by })).createPost({ title: 'T', body: 'B' });
  return created?.id ?? '';
}

async function aComment(postId: string, body = 'A comment.', by = adas) {
  const { comment } = await by.createComment({ postId, body });
  if (!comment) throw new Error('The response has no comment.');
  return comment;
}

/** Inserts a comment without a check of the post. */
async function insert(postId: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) {
    await query(
      comment.databaseUrl,
      'INSERT INTO comment (id, post_id, author_id, body, created_at, updated_at) VALUES (uuidv7(), $1, $2, $3, $4, $4)',
      [postId, ada.id, body, new Date(0)],
    );
  }
}

const bodies = (page: { comments: { body: string }[] } | undefined) => page?.comments.map(({ body }) => body).join();

describe('a comment', () => {
  it('is created once by requests with one idempotency key, also by concurrent ones', async () => {
    const request = { postId: await aPost(), body: 'Once.', idempotencyKey: randomUUID() };
    const created = await Promise.all(Array.from({ length: 10 }, () => adas.createComment(request)));
    expect(new Set(created.map(({ comment }) => comment?.id)).size).toBe(1);
    expect(await query(comment.databaseUrl, 'SELECT FROM comment WHERE idempotency_key = $1', [request.idempotencyKey])).toHaveLength(1);
    for (const other of [{ body: 'Twice.' }, { postId: await aPost() }])
      await expect(adas.createComment({ ...request, ...other })).rejects.toMatchObject(denied('IDEMPOTENCY_KEY_REUSED'));
    const { comment: others } = await (await as(aUser({ reputation: 50 }))).createComment(request);
    expect(others?.id).not.toBe(created[0]?.comment?.id);
  });

  it('is in the answer to a repeated request, even if its post was deleted', async () => {
    const postId = await aPost();
    const request = { postId, body: 'Kept.', idempotencyKey: randomUUID() };
    const { comment: created } = await adas.createComment(request);
    await (await world.client(PostService, post, { user: ada })).deletePost({ id: postId });
    expect((await adas.createComment(request)).comment).toEqual(created);
    await expect(adas.createComment({ ...request, idempotencyKey: randomUUID() })).rejects.toMatchObject(denied('POST_NOT_FOUND'));
  });

  it("is written by a post's author and read by anyone", async () => {
    const postId = await aPost();
    const { comment } = await adas.createComment({ postId, body: `  ${'👍'.repeat(600)} ` });
    expect(comment).toMatchObject({ postId, authorId: ada.id, body: '👍'.repeat(600), score: 0 });
    expect(await anybody.listComments({ postId })).toMatchObject({ comments: [comment], nextPageToken: '' });
  });

  it("on another's post needs 50 reputation", async () => {
    const postId = await aPost();
    const [newcomer, member] = [await as(aUser()), await as(aUser({ reputation: 50 }))];
    await expect(newcomer.createComment({ postId, body: 'Hi' })).rejects.toMatchObject({
      ...denied('REPUTATION_TOO_LOW', { required: '50', actual: '1' }),
      code: Code.PERMISSION_DENIED,
      message: "Commenting on Ada's post needs 50 reputation; you have 1.",
    });
    await expect(member.createComment({ postId, body: 'Hi' })).resolves.toMatchObject({ comment: { body: 'Hi' } });
    expect(bodies(await anybody.listComments({ postId }))).toBe('Hi');
  });

  it("is refused on a suspended author's post, for every user", async () => {
    const bob = aUser();
    await aProfile(bob, 'Bob');
    const postId = await aPost(bob);
    const users = await world.client(UserService, user, { user: aUser({ roles: ['MODERATOR'] }) });
    await users.suspendUser({ userId: bob.id, reason: 'Spam' });
    for (const who of [bob, aUser(), aUser({ reputation: 5_000, roles: ['MODERATOR'] })]) {
      await expect((await as(who)).createComment({ postId, body: 'Hi' })).rejects.toMatchObject({
        ...denied('AUTHOR_SUSPENDED'),
        code: Code.FAILED_PRECONDITION,
      });
    }
  });

  it('needs a post', async () => {
    const postId = randomUUID();
    await expect(adas.createComment({ postId, body: 'Hi' })).rejects.toMatchObject({
      ...denied('POST_NOT_FOUND', { id: postId }),
      code: Code.NOT_FOUND,
    });
  });

  it('needs a user', async () => {
    await expect(anybody.createComment({ postId: await aPost(), body: 'Hi' })).rejects.toMatchObject(denied('TOKEN_MISSING'));
  });

  it('forwards the user from hop to hop: each service refuses a token for another audience (P4)', async () => {
    // Otherwise the refusal of another spec, of the same kind and in the same minute, leaves this one out of the log.
    await world.restart(user);
    const postId = await eventually(() => aPost());
    const narrow = async (...aud: string[]) => world.client(CommentService, comment, { token: await world.issuer.tokenFor(ada, { aud }) });
    const refused = { ...denied('TOKEN_INVALID'), code: Code.UNAUTHENTICATED };
    const line = (rpc: string, by: string) => new RegExp(`"rpc":"/reputable\\.${rpc}","reason":"TOKEN_INVALID".*"service":"${by}"`);
    const before = user.log().length;

    await expect((await narrow('comment')).createComment({ postId, body: 'Hi' })).rejects.toMatchObject(refused);
    await eventually(() => {
      expect(post.log()).toMatch(line('post.v1.PostService/GetPost', 'comment'));
    });
    expect(user.log().slice(before)).not.toMatch(line('user.v1.UserService/GetUser', 'post'));

    await expect((await narrow('comment', 'post')).createComment({ postId, body: 'Hi' })).rejects.toMatchObject(refused);
    await eventually(() => {
      expect(user.log().slice(before)).toMatch(line('user.v1.UserService/GetUser', 'post'));
    });

    await (await narrow('comment', 'post', 'user')).createComment({ postId, body: 'Hi' });
    expect(bodies(await anybody.listComments({ postId }))).toBe('Hi');
  });

  it('is changed only by its author', async () => {
    const { id } = await aComment(await aPost());
    expect((await adas.updateComment({ id, body: 'Better.' })).comment).toMatchObject({ id, body: 'Better.', authorId: ada.id });
    for (const who of [aUser({ reputation: 5_000 }), aUser({ roles: ['MODERATOR'] })]) {
      await expect((await as(who)).updateComment({ id, body: 'Mine' })).rejects.toMatchObject({
        ...denied('NOT_YOUR_COMMENT'),
        code: Code.PERMISSION_DENIED,
      });
    }
  });

  it('is deleted by its author or a moderator', async () => {
    const postId = await aPost();
    const [one, two] = [await aComment(postId), await aComment(postId)];
    await expect((await as(aUser({ reputation: 5_000 }))).deleteComment({ id: one.id })).rejects.toMatchObject(denied('NOT_YOUR_COMMENT'));
    await adas.deleteComment({ id: one.id });
    await (await as(aUser({ roles: ['MODERATOR'] }))).deleteComment({ id: two.id });
    expect((await anybody.listComments({ postId })).comments).toEqual([]);
    const gone = { ...denied('COMMENT_NOT_FOUND', { id: one.id }), code: Code.NOT_FOUND };
    await expect(adas.deleteComment({ id: one.id })).rejects.toMatchObject(gone);
    await expect(adas.updateComment({ id: one.id, body: 'Late' })).rejects.toMatchObject(gone);
  });
});

describe('a list of comments', () => {
  it('is oldest first, and its pages continue correctly after new comments', async () => {
    const postId = randomUUID();
    await insert(postId, '1', '2', '3', '4', '5');
    const first = await anybody.listComments({ postId, pageSize: 2 });
    await insert(postId, '6');
    await query(comment.databaseUrl, "DELETE FROM comment WHERE post_id = $1 AND body = '2'", [postId]);
    const second = await anybody.listComments({ postId, pageSize: 2, pageToken: first.nextPageToken });
    const third = await anybody.listComments({ postId, pageSize: 2, pageToken: second.nextPageToken });
    expect([first, second, third].map(bodies)).toEqual(['1,2', '3,4', '5,6']);
    expect(third.nextPageToken).toBe('');
  });

  it('is empty for a post without comments, or one that does not exist', async () => {
    expect(await anybody.listComments({ postId: randomUUID() })).toMatchObject({ comments: [], nextPageToken: '' });
  });

  it('of many posts has a page per post in the order of the request, also for repeated posts', async () => {
    const [many, few, none] = [randomUUID(), randomUUID(), randomUUID()];
    await insert(many, '1', '2', '3');
    await insert(few, 'a', 'b');
    const { pages } = await anybody.batchListComments({ postIds: [few, none, many, few], pageSize: 2 });
    expect(pages.map(({ postId }) => postId)).toEqual([few, none, many, few]);
    expect(pages.map(bodies)).toEqual(['a,b', '', '1,2', 'a,b']);
    expect(pages.map(({ nextPageToken }) => nextPageToken !== '')).toEqual([false, false, true, false]);

    const pageToken = pages[2]?.nextPageToken ?? '';
    const rest = await anybody.batchListComments({ postIds: [many], pageSize: 2, pageToken });
    expect(rest.pages.map(bodies)).toEqual(['3']);
    expect(bodies(await anybody.listComments({ postId: many, pageSize: 2, pageToken }))).toBe('3');
    expect((await anybody.batchListComments({})).pages).toEqual([]);
  });
});

describe('a read mask', () => {
  const paths = CommentSchema.fields.map(({ name }) => name);
  it.each([...paths.map((path) => [path]), ['id', 'body'], ['body', 'updated_at'], ['id', 'post_id', 'author_id']])(
    'of %s %s %s: these fields, and no others',
    async (...given) => {
      const mask = given.filter((path) => typeof path === 'string');
      const postIds = [randomUUID()];
      await insert(postIds[0] ?? '', '1', '2');
      const [all] = (await anybody.batchListComments({ postIds, pageSize: 1 })).pages;
      const fields = CommentSchema.fields.filter(({ name }) => mask.includes(name)).map(({ localName }) => localName);
      const pick = (comment: object) => Object.fromEntries(Object.entries(comment).filter(([name]) => fields.includes(name)));
      const expected = { ...all, comments: all?.comments.map((comment) => create(CommentSchema, pick(comment))) };
      expect((await anybody.batchListComments({ postIds, pageSize: 1, readMask: { paths: mask } })).pages).toEqual([expected]);
    },
  );
});

describe('bad input', () => {
  const id = randomUUID();
  const ids = (length: number) => Array.from({ length }, () => randomUUID());
  it.each<[keyof Comments, string[], object]>([
    ['listComments', ['post_id', 'page_size', 'page_token'], { postId: 'x', pageSize: 101, pageToken: 'y' }],
    ['listComments', ['page_size'], { postId: id, pageSize: -1 }],
    ['batchListComments', ['post_ids[1]', 'page_size', 'page_token'], { postIds: [id, 'x'], pageSize: 101, pageToken: 'y' }],
    ['batchListComments', ['post_ids'], { postIds: ids(101), pageSize: 1 }],
    ['batchListComments', ['page_size'], { postIds: ids(21), pageSize: 100 }],
    ['batchListComments', ['read_mask.paths[0]'], { postIds: [id], readMask: { paths: ['text'] } }],
    ['createComment', ['post_id', 'body'], {}],
    ['createComment', ['post_id', 'body'], { postId: `${id}\u0000`, body: 'x'.repeat(601) }],
    ['createComment', ['body'], { postId: id, body: '👍'.repeat(601) }],
    ['createComment', ['body'], { postId: id, body: 'a\u0000b' }],
    ['createComment', ['body'], { postId: id, body: ' \n ' }],
    ['updateComment', ['id', 'body'], { id: 'x', body: '' }],
    ['deleteComment', ['id'], { id: "' OR 1=1 --" }],
    ['upvoteComment', ['id'], {}],
    ['retractCommentVote', ['id'], { id: 'x'.repeat(10_000) }],
  ])('%s: all of %j', async (rpc, fields, request) => {
    const calls = (await as(aUser({ reputation: 125 }))) as Record<keyof Comments, (request: object) => Promise<unknown>>;
    const violations = fields.map((field) => expect.objectContaining({ field }) as unknown);
    await expect(calls[rpc](request)).rejects.toMatchObject({ ...denied('INVALID_FIELD'), code: Code.INVALID_ARGUMENT, violations });
  });

  it('does not include 20 posts with 100 comments each, or 100 with 20', async () => {
    expect((await anybody.batchListComments({ postIds: ids(20), pageSize: 100 })).pages).toHaveLength(20);
    expect((await anybody.batchListComments({ postIds: ids(100) })).pages).toHaveLength(100);
  });

  const good = toBinary(CreateCommentRequestSchema, create(CreateCommentRequestSchema, { postId: id, body: 'Forged' }));
  const { Varint, LengthDelimited } = WireType;
  it.each([
    ['author_id, by the number it has in Comment', new BinaryWriter().raw(good).tag(3, LengthDelimited).string(randomUUID()).finish()],
    ['score, by the number it has in Comment', new BinaryWriter().raw(good).tag(5, Varint).int32(1_000_000).finish()],
    ['a number where there is a text', new BinaryWriter().tag(2, Varint).int32(7).finish()],
    ['bytes that are no message', new Uint8Array([0xff, 0xff, 0xff])],
  ])('%s is refused, and nothing is written (A12)', async (_what, bytes) => {
    const sent = world.send(CommentService.method.createComment, comment, bytes, { user: ada });
    await expect(sent).rejects.toMatchObject({ ...denied('INVALID_FIELD'), code: Code.INVALID_ARGUMENT });
    expect(await query(comment.databaseUrl, "SELECT FROM comment WHERE body = 'Forged'")).toEqual([]);
  });
});
