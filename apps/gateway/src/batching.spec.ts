import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { aUser, query, type TestService, TestWorld, urlsOf } from '@reputable/testing';
import { setTimeout } from 'node:timers/promises';
import { asking } from './testing/ask.ts';
import { RpcCounter } from './testing/rpc-counter.ts';

const POSTS = 100;
/** The number of comments on each of the latest posts. Other posts have one. */
const COMMENTS = 5;
const LATEST = 10;
/** The number of users who write posts, and of others who comment: no user is fetched twice. */
const AUTHORS = 4;

const commentsOn = (post: number) => (post >= POSTS - LATEST ? COMMENTS : 1);

let world: TestWorld;
let user: TestService;
let ask: ReturnType<typeof asking>;
let counters: RpcCounter[];
/** The services of this spec alone. */
let own: TestService[];

const rpcs = () => counters.flatMap((counter) => counter.rpcs.splice(0)).sort();

beforeAll(async () => {
  world = await TestWorld.shared();
  user = await world.service('user');
  // Pages through all posts, so no other spec may write any.
  const post = await world.start('post', urlsOf({ user }));
  const comment = await world.start('comment', urlsOf({ user, post }));

  const front = async (
    contract: typeof UserService | typeof PostService | typeof CommentService,
    service: string,
    { ports }: TestService,
  ) =>
    RpcCounter.start({
      contract,
      service,
      port: ports.grpc,
      asService: await world.certificate(service),
      asGateway: await world.certificate('gateway'),
    });
  const fronts = await Promise.all([
    front(UserService, 'user', user),
    front(PostService, 'post', post),
    front(CommentService, 'comment', comment),
  ]);
  counters = fronts;
  const [users, posts, comments] = fronts;
  const gateway = await world.start('gateway', {
    USER_URL: users.url,
    POST_URL: posts.url,
    COMMENT_URL: comments.url,
  });
  own = [gateway, comment, post];
  ask = asking(gateway.ports.http);

  const authors = Array.from({ length: 2 * AUTHORS }, () => aUser({ reputation: 50 }));
  const profiles = await world.client(UserService, user, { service: 'auth' });
  await Promise.all(authors.map(({ id }, i) => profiles.createProfile({ userId: id, displayName: `Author ${String(i)}` })));
  const writers = await Promise.all(
    authors.map(async (author) => ({
      posts: await world.client(PostService, post, { user: author }),
      comments: await world.client(CommentService, comment, { user: author }),
    })),
  );
  const writer = (index: number) => writers[index] as (typeof writers)[number];
  for (let i = 0; i < POSTS; i += 1) {
    const { post: written } = await writer(i % AUTHORS).posts.createPost({ title: `Post ${String(i)}`, body: 'Text' });
    const postId = written?.id ?? '';
    for (let j = 0; j < commentsOn(i); j += 1) {
      await writer(AUTHORS + (i % AUTHORS)).comments.createComment({ postId, body: `Comment ${String(j)}` });
    }
  }
});

afterAll(async () => {
  for (const counter of counters) counter.stop();
  await Promise.all(own.map((service) => service.stop()));
});

beforeEach(() => void rpcs());

const NESTED = `query($posts: Int, $comments: Int = ${String(COMMENTS)}) {
  posts(first: $posts) {
    nodes { title author { id displayName } comments(first: $comments) { nodes { body author { displayName reputation roles createdAt } } pageInfo { hasNextPage endCursor } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Nested {
  nodes: {
    title: string;
    author: { id: string; displayName: string };
    comments: { nodes: { body: string; author: { displayName: string; createdAt: string } }[] };
  }[];
}

/** The gateway waits this long for the authors of comments before it fetches those of the posts, in milliseconds: see author-wait.ts. */
const AUTHOR_WAIT_MS = 500;

/** Sends a query, again if a busy machine took longer than the gateway waits. Returns the answer, and the rpcs that it took. */
async function observed(document: string, variables: Record<string, unknown> = {}) {
  for (;;) {
    rpcs();
    const began = performance.now();
    const answer = await ask(document, { variables });
    if (performance.now() - began < AUTHOR_WAIT_MS) return { ...answer, rpcs: rpcs() };
  }
}

describe('the number of rpcs of a query grows with its depth, not with its rows', () => {
  // Repeated, because Mercurius compiles the query on its second execution.
  it.each([1, 10, 100, 1, 10, 100])('%d posts with authors, comments and their authors: 3 rpcs', async (first) => {
    const { data, errors, rpcs } = await observed(NESTED, { posts: first });
    expect(errors).toEqual([]);
    const { nodes } = data?.posts as Nested;
    expect(nodes).toHaveLength(first);
    expect(nodes.map(({ comments }) => comments.nodes.length)).toEqual(nodes.map((_, i) => commentsOn(POSTS - 1 - i)));
    expect(rpcs).toEqual(['BatchGetUsers', 'BatchListComments', 'ListPosts']);
  });

  it('2,000 comments: 3 rpcs', async () => {
    const { rpcs } = await observed(NESTED, { posts: 100, comments: 20 });
    expect(rpcs).toEqual(['BatchGetUsers', 'BatchListComments', 'ListPosts']);
  });

  it('comments twice, with the same arguments once, is one rpc more', async () => {
    const page = (first: number) => `comments(first: ${String(first)}) { nodes { author { displayName } } }`;
    const { errors } = await ask(`{ posts(first: 50) { nodes { author { id } a: ${page(1)} b: ${page(2)} c: ${page(2)} } } }`);
    expect(errors).toEqual([]);
    expect(rpcs().filter((name) => name === 'BatchListComments')).toHaveLength(2);
  });

  it('a comment service that hangs does not hold back the authors of the posts', async () => {
    const [users, , comments] = counters as [RpcCounter, RpcCounter, RpcCounter];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    comments.hold = promise;
    const answer = ask(NESTED, { variables: { posts: 2 } });
    while (!users.rpcs.includes('BatchGetUsers')) await setTimeout(20);
    resolve(undefined);
    expect((await answer).errors).toEqual([]);
    expect(rpcs()).toEqual(['BatchGetUsers', 'BatchGetUsers', 'BatchListComments', 'ListPosts']);
  });

  it('the scalars alone: 1 rpc', async () => {
    await ask('{ posts(first: 100) { nodes { id title } } }');
    expect(rpcs()).toEqual(['ListPosts']);
  });
});

describe('the services return only the selected fields', () => {
  const FIELDS = {
    post: ['id', 'title', 'body', 'score', 'author { id }', 'comments { nodes { id } }', 'myVote', 'createdAt', 'updatedAt'],
    comment: ['id', 'body', 'score', 'author { id }', 'createdAt', 'updatedAt'],
    user: ['id', 'displayName', 'reputation', 'roles', 'suspended', 'createdAt'],
  };
  const inLists = {
    post: (fields: string) => `{ posts(first: 3) { nodes { ${fields} } } }`,
    comment: (fields: string) => `{ posts(first: 3) { nodes { comments { nodes { ${fields} } } } } }`,
    user: (fields: string) => `{ posts(first: 3) { nodes { author { ${fields} } comments { nodes { author { ${fields} } } } } } }`,
  };
  const nodesOf = async (type: keyof typeof FIELDS, fields: readonly string[]) => {
    const { data, errors } = await ask(inLists[type](fields.join(' ')));
    expect(errors).toEqual([]);
    const { nodes } = data?.posts as { nodes: Record<string, never>[] };
    return nodes;
  };

  it.each(['post', 'comment', 'user'] as const)('each field of a %s has the same value alone as with all others', async (type) => {
    const fields = FIELDS[type];
    const all = await nodesOf(type, fields);
    for (const field of fields) expect(all).toMatchObject(await nodesOf(type, [field]));
  });

  it('by a mask of the selected fields and of those that their resolvers read', async () => {
    await ask(NESTED, { variables: { posts: 1 } });
    expect(Object.fromEntries(counters.flatMap(({ masks }) => [...masks]))).toEqual({
      ListPosts: ['author_id', 'id', 'title'],
      BatchListComments: ['author_id', 'body', 'id'],
      BatchGetUsers: ['created_at', 'display_name', 'id', 'reputation', 'roles'],
    });
  });
});

it('assigns authors and comments to the right posts, in order', async () => {
  const { data } = await ask(NESTED, { variables: { posts: 5 } });
  const { nodes } = data?.posts as Nested;
  expect(nodes.map(({ title, author }) => [title, author.displayName])).toEqual(
    [99, 98, 97, 96, 95].map((i) => [`Post ${String(i)}`, `Author ${String(i % AUTHORS)}`]),
  );
  for (const [index, { comments }] of nodes.entries()) {
    expect(comments.nodes.map(({ body, author }) => [body, author.displayName])).toEqual(
      [0, 1, 2, 3, 4].map((j) => [`Comment ${String(j)}`, `Author ${String(AUTHORS + ((99 - index) % AUTHORS))}`]),
    );
  }
});

it('pages through posts and comments', async () => {
  const document = 'query($after: String) { posts(first: 40, after: $after) { nodes { title } pageInfo { hasNextPage endCursor } } }';
  const titles: string[] = [];
  let page: { endCursor: string | null; hasNextPage: boolean } = { endCursor: null, hasNextPage: true };
  while (page.hasNextPage) {
    const { data } = await ask(document, { variables: { after: page.endCursor } });
    const { nodes, pageInfo } = data?.posts as { nodes: { title: string }[]; pageInfo: typeof page };
    titles.push(...nodes.map(({ title }) => title));
    page = pageInfo;
  }
  expect(titles).toEqual(Array.from({ length: POSTS }, (_, i) => `Post ${String(POSTS - 1 - i)}`));
  expect(page.endCursor).toBeNull();
});

it('shows an author without a profile as deleted, without failing the list', async () => {
  const latest = async () => ((await ask(NESTED, { variables: { posts: 2 } })).data?.posts as Nested).nodes.map(({ author }) => author);
  const [gone, other] = await latest();
  await query(user.databaseUrl, 'DELETE FROM profile WHERE id = $1', [gone?.id]);
  expect(await latest()).toEqual([{ ...gone, displayName: 'deleted user' }, other]);
});
