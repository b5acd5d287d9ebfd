import { Body, Delete, Get, Headers, Param, Patch, Post, Put, Query, Req, Res } from '@nestjs/common';
import { type AuthenticatedUser, type Client, CurrentUser, InjectClient } from '@reputable/auth';
import { type Comment as CommentMessage, CommentService } from '@reputable/contracts/comment/v1/comment';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { UserBatch } from '../user/user.batch.ts';
import { ApiController } from './api-controller.ts';
import { authorOf } from './author.ts';
import { keyIn } from './idempotency-key.ts';
import { Operation } from './operation.ts';
import { linkNext, pageOf } from './paging.ts';
import { Comment, CommentText, Id, listOf, Page } from './shapes.ts';
import { timeOf } from './time.ts';

const { method: rpc } = CommentService;

/** Comments and the votes on them. */
@ApiController('')
export class CommentsController {
  constructor(
    @InjectClient(CommentService) readonly comments: Client<typeof CommentService>,
    readonly users: UserBatch,
  ) {}

  @Get('posts/:id/comments')
  @Operation({
    summary: 'Lists the comments on a post, oldest first',
    rpcs: [rpc.listComments],
    answer: listOf(Comment),
    headers: ['link'],
  })
  async list(
    @Param({ schema: Id }) { id }: z.output<typeof Id>,
    @Query({ schema: Page }) query: z.output<typeof Page>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { comments, nextPageToken } = await this.comments.listComments({ postId: id, ...pageOf(query) });
    linkNext(request, reply, nextPageToken);
    return { items: await Promise.all(comments.map((comment) => this.#shown(comment))) };
  }

  @Post('posts/:id/comments')
  @Operation({
    summary: 'Comments on a post',
    rpcs: [rpc.createComment],
    answer: Comment,
    creates: true,
    takesKey: true,
    refusals: [404, 409],
  })
  async create(
    @Param({ schema: Id }) { id }: z.output<typeof Id>,
    @Body({ schema: CommentText }) { body }: z.output<typeof CommentText>,
    @Headers('idempotency-key') key: string | undefined,
    @CurrentUser() { id: userId }: AuthenticatedUser,
  ) {
    await this.users.load(userId);
    return this.#shown((await this.comments.createComment({ postId: id, body, ...keyIn(key) })).comment);
  }

  @Patch('comments/:id')
  @Operation({ summary: 'Changes a comment', rpcs: [rpc.updateComment], answer: Comment, refusals: [404] })
  async update(@Param({ schema: Id }) { id }: z.output<typeof Id>, @Body({ schema: CommentText }) { body }: z.output<typeof CommentText>) {
    return this.#shown((await this.comments.updateComment({ id, body })).comment);
  }

  @Delete('comments/:id')
  @Operation({ summary: 'Deletes a comment', rpcs: [rpc.deleteComment], refusals: [404] })
  async delete(@Param({ schema: Id }) { id }: z.output<typeof Id>) {
    await this.comments.deleteComment({ id });
  }

  @Put('comments/:id/vote')
  @Operation({ summary: 'Upvotes a comment', rpcs: [rpc.upvoteComment], answer: Comment, refusals: [404, 429] })
  async vote(@Param({ schema: Id }) { id }: z.output<typeof Id>) {
    return this.#shown((await this.comments.upvoteComment({ id })).comment);
  }

  @Delete('comments/:id/vote')
  @Operation({ summary: 'Retracts the vote on a comment', rpcs: [rpc.retractCommentVote], answer: Comment, refusals: [404, 429] })
  async retract(@Param({ schema: Id }) { id }: z.output<typeof Id>) {
    return this.#shown((await this.comments.retractCommentVote({ id })).comment);
  }

  async #shown(comment: CommentMessage | undefined): Promise<z.output<typeof Comment> | undefined> {
    if (!comment) return undefined;
    const { id, postId, body, score, authorId, createdAt, updatedAt } = comment;
    const times = { createdAt: timeOf(createdAt), updatedAt: timeOf(updatedAt) };
    return { id, postId, body, score, author: authorOf(await this.users.load(authorId)), ...times };
  }
}
