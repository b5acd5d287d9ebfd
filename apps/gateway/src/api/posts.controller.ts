import { Body, Delete, Get, Headers, Param, Patch, Post as PostRequest, Put, Query, Req, Res } from '@nestjs/common';
import { type AuthenticatedUser, type Client, CurrentUser, InjectClient } from '@reputable/auth';
import { type Post as PostMessage, PostService, Vote } from '@reputable/contracts/post/v1/post';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { UserBatch } from '../user/user.batch.ts';
import { ApiController } from './api-controller.ts';
import { API_PATH } from './api-path.ts';
import { authorOf } from './author.ts';
import { etagOf, versionIn } from './etag.ts';
import { keyIn } from './idempotency-key.ts';
import { Operation } from './operation.ts';
import { linkNext, pageOf } from './paging.ts';
import { Id, ListPosts, listOf, NewPost, NewVote, Post, PostChange } from './shapes.ts';
import { timeOf } from './time.ts';

const { method: rpc } = PostService;

/** Posts and the votes on them. */
@ApiController('/posts')
export class PostsController {
  constructor(
    @InjectClient(PostService) readonly posts: Client<typeof PostService>,
    readonly users: UserBatch,
  ) {}

  @Get()
  @Operation({ summary: 'Lists posts, newest first', rpcs: [rpc.listPosts], answer: listOf(Post), headers: ['link'] })
  async list(
    @Query({ schema: ListPosts }) query: z.output<typeof ListPosts>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { posts, nextPageToken } = await this.posts.listPosts({ ...pageOf(query), authorId: query.author ?? '' });
    linkNext(request, reply, nextPageToken);
    return { items: await Promise.all(posts.map((post) => this.#shown(post))) };
  }

  @PostRequest()
  @Operation({
    summary: 'Publishes a post',
    rpcs: [rpc.createPost],
    answer: Post,
    creates: true,
    takesKey: true,
    headers: ['etag', 'location'],
  })
  async create(
    @Body({ schema: NewPost }) input: z.output<typeof NewPost>,
    @Headers('idempotency-key') key: string | undefined,
    @CurrentUser() { id: userId }: AuthenticatedUser,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.users.load(userId);
    const { post } = await this.posts.createPost({ ...input, ...keyIn(key) });
    reply.header('location', `${API_PATH}/posts/${post?.id ?? ''}`);
    return this.#answer(reply, post);
  }

  @Get(':id')
  @Operation({ summary: 'Gets a post', rpcs: [rpc.getPost], answer: Post, headers: ['etag'], refusals: [404] })
  async get(@Param({ schema: Id }) { id }: z.output<typeof Id>, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.#answer(reply, (await this.posts.getPost({ id })).post);
  }

  @Patch(':id')
  @Operation({ summary: 'Changes a post', rpcs: [rpc.updatePost], answer: Post, headers: ['etag'], refusals: [404, 412] })
  async update(
    @Param({ schema: Id }) { id }: z.output<typeof Id>,
    @Body({ schema: PostChange }) change: z.output<typeof PostChange>,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#answer(reply, (await this.posts.updatePost({ id, ...change, etag: versionIn(ifMatch) })).post);
  }

  @Delete(':id')
  @Operation({ summary: 'Deletes a post', rpcs: [rpc.deletePost], refusals: [404] })
  async delete(@Param({ schema: Id }) { id }: z.output<typeof Id>) {
    await this.posts.deletePost({ id });
  }

  @Put(':id/vote')
  @Operation({
    summary: 'Votes on a post, and replaces an earlier vote',
    rpcs: [rpc.upvotePost, rpc.downvotePost],
    answer: Post,
    refusals: [404, 429],
  })
  async vote(@Param({ schema: Id }) { id }: z.output<typeof Id>, @Body({ schema: NewVote }) { vote }: z.output<typeof NewVote>) {
    return this.#shown((await (vote === 'UP' ? this.posts.upvotePost({ id }) : this.posts.downvotePost({ id }))).post);
  }

  @Delete(':id/vote')
  @Operation({ summary: 'Retracts the vote on a post', rpcs: [rpc.retractVote], answer: Post, refusals: [404, 429] })
  async retract(@Param({ schema: Id }) { id }: z.output<typeof Id>) {
    return this.#shown((await this.posts.retractVote({ id })).post);
  }

  #answer(reply: FastifyReply, post: PostMessage | undefined) {
    reply.header('etag', etagOf(post?.etag ?? ''));
    return this.#shown(post);
  }

  async #shown(post: PostMessage | undefined): Promise<z.output<typeof Post> | undefined> {
    if (!post) return undefined;
    const { id, title, body, score, myVote, createdAt, updatedAt, authorId } = post;
    const times = { createdAt: timeOf(createdAt), updatedAt: timeOf(updatedAt) };
    return { id, title, body, score, author: authorOf(await this.users.load(authorId)), myVote: NAMES[myVote], ...times };
  }
}

const NAMES = { [Vote.UNSPECIFIED]: null, [Vote.UP]: 'UP', [Vote.DOWN]: 'DOWN' } as const;
