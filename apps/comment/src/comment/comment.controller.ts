import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { page, valid } from '@reputable/request';
import type { Comment } from './comment.entity.ts';
import * as requests from './comment.requests.ts';
import { CommentService } from './comment.service.ts';
import { ALL, toMessage } from './comment.mapper.ts';
import type { CommentFields } from './comment.sql.ts';

/** The rpcs of CommentService about comments. */
@Controller()
export class CommentController {
  constructor(readonly comments: CommentService) {}

  @GrpcMethod('CommentService')
  async listComments(request: unknown) {
    const { postId, pageSize: size, pageToken: after } = valid(requests.ListComments, request);
    const [comments = []] = await this.comments.list({ postIds: [postId], size, after, fields: ALL });
    return pageOf(comments, size, ALL);
  }

  @GrpcMethod('CommentService')
  async batchListComments(request: unknown) {
    const { postIds, pageSize: size, pageToken: after, readMask: fields } = valid(requests.BatchListComments, request);
    const lists = await this.comments.list({ postIds, size, after, fields });
    return { pages: lists.map((comments, index) => ({ postId: postIds[index], ...pageOf(comments, size, fields) })) };
  }

  @GrpcMethod('CommentService')
  async createComment(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { idempotencyKey, ...content } = valid(requests.CreateComment, request);
    return { comment: toMessage(await this.comments.create(content, idempotencyKey, user)) };
  }

  @GrpcMethod('CommentService')
  async updateComment(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id, body } = valid(requests.UpdateComment, request);
    return { comment: toMessage(await this.comments.update(id, body, user)) };
  }

  @GrpcMethod('CommentService')
  async deleteComment(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.DeleteComment, request);
    await this.comments.delete(id, user);
    return {};
  }

  @GrpcMethod('CommentService')
  async listOwnComments(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { pageSize: size, pageToken: after } = valid(requests.ListOwnComments, request);
    return pageOf(await this.comments.listOf(user.id, size, after), size, ALL);
  }

  @GrpcMethod('CommentService')
  async anonymizeComments(request: unknown) {
    await this.comments.anonymize(valid(requests.AnonymizeComments, request).userId);
    return {};
  }

  @GrpcMethod('CommentService')
  async deleteCommentsOfPosts(request: unknown) {
    await this.comments.deleteOfPosts(valid(requests.DeleteCommentsOfPosts, request).postIds);
    return {};
  }
}

function pageOf(fetched: readonly Comment[], size: number, fields: CommentFields) {
  const { rows, nextPageToken } = page(fetched, size);
  return { comments: rows.map((comment) => toMessage(comment, fields)), nextPageToken };
}
