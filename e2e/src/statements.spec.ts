import { timestampNow } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@reputable/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { ReputationKind, Role, UserService } from '@reputable/contracts/user/v1/user';
import { aUser, createTestDatabase, freePort, StatementCounter, TestWorld } from '@reputable/testing';
import { randomUUID } from 'node:crypto';

const ada = aUser({ reputation: 5_000, roles: ['ADMIN'] });
const bob = aUser({ reputation: 5_000 });

let world: TestWorld;
let databases: (StatementCounter & { readonly url: string })[];
let rpcs: Rpcs;
let gateway: string;

beforeAll(async () => {
  world = await TestWorld.create();
  const names = ['user', 'post', 'comment'] as const;
  databases = await Promise.all(names.map(async (name) => StatementCounter.start(await createTestDatabase(name))));
  const ports = await Promise.all(names.map(() => freePort()));
  const urls = Object.fromEntries(names.map((name, index) => [`${name.toUpperCase()}_URL`, `localhost:${String(ports[index])}`]));
  const start = (name: string, index: number) =>
    world.start(name, { ...urls, GRPC_PORT: String(ports[index]), DATABASE_URL: databases[index]?.url ?? '' });
  const [front, user, post, comment] = await Promise.all([
    world.start('gateway', urls),
    start('user', 0),
    start('post', 1),
    start('comment', 2),
  ]);
  gateway = `http://127.0.0.1:${String(front.ports.http)}/graphql`;
  rpcs = {
    ...(await world.client(UserService, user, { user: ada })),
    ...pick(await world.client(UserService, user, { service: 'auth' }), 'createProfile', 'getClaims', 'releaseRoles', 'deleteProfile'),
    ...pick(await world.client(UserService, user, { service: 'post' }), 'applyReputation'),
    ...(await world.client(PostService, post, { user: ada })),
    ...pick(await world.client(PostService, post, { user: bob }), 'upvotePost', 'downvotePost', 'retractVote'),
    ...pick(await world.client(PostService, post, { service: 'auth' }), 'anonymizePosts'),
    ...(await world.client(CommentService, comment, { user: bob })),
    ...pick(await world.client(CommentService, comment, { service: 'auth' }), 'anonymizeComments'),
    ...pick(await world.client(CommentService, comment, { user: ada }), 'upvoteComment', 'retractCommentVote'),
    ...pick(await world.client(CommentService, comment, { service: 'post' }), 'deleteCommentsOfPosts'),
  };
  // The statements of the start.
  for (const { statements } of databases) statements.length = 0;
});

afterAll(async () => {
  await world.end();
  for (const database of databases) database.stop();
});

type Rpcs = Client<typeof UserService> & Client<typeof PostService> & Client<typeof CommentService>;

const pick = <Client extends object, Name extends keyof Client>(client: Client, ...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, client[name]])) as Pick<Client, Name>;

/** Calls every rpc, reads also with the arguments that select another statement. Returns the names of the rpcs. */
async function callAll(): Promise<string[]> {
  const called = new Set<string>();
  const call = <Name extends keyof Rpcs>(name: Name, request: Parameters<Rpcs[Name]>[0]) => {
    called.add(name);
    return (rpcs[name] as (request: object) => ReturnType<Rpcs[Name]>)(request);
  };
  const mask = (...paths: string[]) => ({ readMask: { paths } });
  const event = {
    id: randomUUID(),
    userId: ada.id,
    kind: ReputationKind.POST_UPVOTED,
    subjectId: randomUUID(),
    occurredAt: timestampNow(),
  };

  for (const { id: userId } of [ada, bob]) await call('createProfile', { userId, displayName: 'Somebody' });
  await call('getClaims', { userId: ada.id });
  await call('getUser', { id: ada.id });
  for (const paths of [[], ['id'], ['roles']]) await call('batchGetUsers', { ids: [ada.id, bob.id], ...mask(...paths) });
  const users = await call('listUsers', { pageSize: 1 });
  await call('listUsers', { pageSize: 2, pageToken: users.nextPageToken });
  await call('updateProfile', { displayName: 'Ada' });
  for (const name of ['grantRole', 'revokeRole'] as const) await call(name, { userId: bob.id, role: Role.MODERATOR });
  await call('suspendUser', { userId: bob.id, reason: 'spam' });
  await call('reinstateUser', { userId: bob.id });
  await call('applyReputation', { events: [event, { ...event, id: randomUUID(), userId: bob.id }] });
  await call('listReputationEvents', { pageSize: 1 });

  const { post } = await call('createPost', { title: 'Why?', body: 'Because.' });
  await call('createPost', { title: 'Another', body: 'One.' });
  const id = post?.id ?? '';
  await call('getPost', { id });
  await call('batchGetPosts', { ids: [id, randomUUID()] });
  for (const authorId of ['', ada.id]) {
    const { nextPageToken } = await call('listPosts', { authorId, pageSize: 1 });
    for (const paths of [['id'], ['body'], ['my_vote'], ['updated_at']])
      await call('listPosts', { authorId, pageToken: nextPageToken, ...mask(...paths) });
  }
  await call('updatePost', { id, title: 'How?' });
  await call('updatePost', { id, title: 'How?', body: 'So.' });
  for (const name of ['upvotePost', 'downvotePost', 'retractVote'] as const) await call(name, { id });

  const { comment } = await call('createComment', { postId: id, body: 'First.' });
  await call('createComment', { postId: id, body: 'Second.' });
  const { nextPageToken } = await call('listComments', { postId: id, pageSize: 1 });
  await call('batchListComments', { postIds: [id], pageToken: nextPageToken });
  await call('batchListComments', { postIds: [id, randomUUID()], ...mask('body') });
  await call('updateComment', { id: comment?.id ?? '', body: 'Changed.' });
  for (const name of ['upvoteComment', 'retractCommentVote'] as const) await call(name, { id: comment?.id ?? '' });
  for (const name of ['listOwnVotes', 'listOwnComments', 'listOwnCommentVotes'] as const) {
    const { nextPageToken } = await call(name, { pageSize: 1 });
    await call(name, { pageToken: nextPageToken });
  }
  await call('deleteComment', { id: comment?.id ?? '' });
  await call('deletePost', { id });
  await call('deleteCommentsOfPosts', { postIds: [id] });
  for (const name of ['releaseRoles', 'anonymizePosts', 'anonymizeComments', 'deleteProfile'] as const)
    await call(name, { userId: randomUUID() });
  return [...called];
}

const BOUNDARY = /^(START TRANSACTION; SET LOCAL statement_timeout = \d+|COMMIT)$/;
const unprepared = () =>
  databases.flatMap(({ statements }) => statements.filter(({ prepared, text }) => !prepared && !BOUNDARY.test(text)));

it('every statement of every rpc is prepared', async () => {
  const all = [UserService, PostService, CommentService].flatMap(({ methods }) => methods.map(({ localName }) => localName));
  expect((await callAll()).sort()).toEqual(all.sort());
  expect(unprepared()).toEqual([]);
});

it('PostgreSQL parses each statement once a connection', async () => {
  await callAll();
  expect(unprepared()).toEqual([]);
  expect(databases.flatMap(({ parsedAgain }) => parsedAgain)).toEqual([]);
  expect(databases.every(({ statements }) => statements.length > 20)).toBe(true);
});

/** See author-wait.ts of the gateway. */
const AUTHOR_WAIT_MS = 500;

const NESTED = `query($posts: Int) {
  posts(first: $posts) { nodes { title author { id displayName } comments(first: 5) { nodes { body author { displayName createdAt } } } } }
}`;

async function ask(query: string, variables: object) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(gateway, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  return ((await response.json()) as { data: { posts: { nodes: object[] } } }).data.posts.nodes;
}

describe('a nested query', () => {
  beforeAll(async () => {
    for (const { id: userId } of [ada, bob]) await rpcs.createProfile({ userId, displayName: 'Somebody' });
    for (let n = 0; n < 100; n += 1) {
      const { post } = await rpcs.createPost({ title: `Post ${String(n)}`, body: 'Text' });
      await rpcs.createComment({ postId: post?.id ?? '', body: 'A comment.' });
    }
  });

  // Repeated, because Mercurius compiles the query on its second execution.
  it.each([1, 10, 100, 1, 10, 100])(
    'of %d posts with authors, comments and their authors takes at most 4 statements, all prepared',
    async (first) => {
      // Again if a busy machine takes longer than the gateway waits for the authors of comments before it fetches those of the posts.
      for (let ms = Infinity; ms > AUTHOR_WAIT_MS;) {
        for (const { statements } of databases) statements.length = 0;
        const began = performance.now();
        expect(await ask(NESTED, { posts: first })).toHaveLength(first);
        ms = performance.now() - began;
      }
      const ran = databases.map(({ statements }) => statements.length);
      expect(Math.min(...ran)).toBeGreaterThan(0);
      expect(ran.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(4);
      expect(unprepared()).toEqual([]);
    },
  );
});
