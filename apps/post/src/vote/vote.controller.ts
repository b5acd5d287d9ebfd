import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { page, valid } from '@reputable/request';
import { toMessage, VOTES } from '../post/post.mapper.ts';
import * as requests from './vote.requests.ts';
import { VoteService } from './vote.service.ts';

/** The rpcs of PostService about votes. */
@Controller()
export class VoteController {
  constructor(readonly votes: VoteService) {}

  @GrpcMethod('PostService')
  async upvotePost(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.UpvotePost, request);
    return { post: toMessage(await this.votes.vote(id, 1, user)) };
  }

  @GrpcMethod('PostService')
  async downvotePost(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.DownvotePost, request);
    return { post: toMessage(await this.votes.vote(id, -1, user)) };
  }

  @GrpcMethod('PostService')
  async retractVote(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.RetractVote, request);
    return { post: toMessage(await this.votes.vote(id, 0, user)) };
  }

  @GrpcMethod('PostService')
  async listOwnVotes(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { pageSize: size, pageToken: after } = valid(requests.ListOwnVotes, request);
    const { rows, nextPageToken } = page(await this.votes.listOf(user.id, size, after), size);
    return { votes: rows.map(({ id: postId, value }) => ({ postId, vote: VOTES[value] })), nextPageToken };
  }
}
