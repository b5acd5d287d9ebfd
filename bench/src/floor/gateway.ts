import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { connect } from './rpc.ts';

const { POST_URL = '', COMMENT_URL = '', USER_URL = '' } = process.env;
const listPosts = connect(PostService.method.listPosts, POST_URL);
const batchListComments = connect(CommentService.method.batchListComments, COMMENT_URL);
const batchGetUsers = connect(UserService.method.batchGetUsers, USER_URL);

/** The users with these ids, as a response shows them. */
async function usersOf(ids: readonly string[]) {
  const { users } = await batchGetUsers({ ids: [...new Set(ids)] });
  return new Map(users.map(({ id, displayName }) => [id, { id, displayName }]));
}

async function flat() {
  const { posts } = await listPosts({ pageSize: 10 });
  return posts.map(({ id, title, body }) => ({ id, title, body }));
}

async function nested() {
  const { posts } = await listPosts({ pageSize: 10 });
  const [authors, { pages }] = await Promise.all([
    usersOf(posts.map(({ authorId }) => authorId)),
    batchListComments({ postIds: posts.map(({ id }) => id), pageSize: 5 }),
  ]);
  const commenters = await usersOf(pages.flatMap(({ comments }) => comments.map(({ authorId }) => authorId)));
  const nodesOf = new Map(
    pages.map(({ postId, comments }) => [
      postId,
      comments.map(({ id, body, authorId }) => ({ id, body, author: commenters.get(authorId) })),
    ]),
  );
  return posts.map(({ id, title, authorId }) => ({ id, title, author: authors.get(authorId), comments: { nodes: nodesOf.get(id) ?? [] } }));
}

const app = Fastify();
for (const [path, list] of Object.entries({ flat, nested }))
  app.post(`/${path}`, async () => ({ data: { posts: { nodes: await list() } } }));
await app.listen({ port: 0, host: '127.0.0.1' });
for (const end of ['disconnect', 'SIGTERM']) process.once(end, () => process.exit());
process.send?.({ ready: { http: (app.server.address() as AddressInfo).port } });
