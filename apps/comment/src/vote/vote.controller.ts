import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { page, valid } from '@reputable/request';
import { toMessage } from '../comment/comment.mapper.ts';
import * as requests from './vote.requests.ts';
import { VoteService } from './vote.service.ts';

/** The rpcs of CommentService about votes. */
@Controller()
export class VoteController {
  constructor(readonly votes: VoteService) {}

  @GrpcMethod('CommentService')
  async upvoteComment(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.UpvoteComment, request);
    return { comment: toMessage(await this.votes.vote(id, true, user)) };
  }

  @GrpcMethod('CommentService')
  async retractCommentVote(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.RetractCommentVote, request);
    return { comment: toMessage(await this.votes.vote(id, false, user)) };
  }

  @GrpcMethod('CommentService')
  async listOwnCommentVotes(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { pageSize: size, pageToken: after } = valid(requests.ListOwnCommentVotes, request);
    const { rows, nextPageToken } = page(await this.votes.listOf(user.id, size, after), size);
    return { votes: rows.map(({ id: commentId }) => ({ commentId })), nextPageToken };
  }
}
