import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type Caller, CurrentCaller } from '@reputable/auth';
import { valid } from '@reputable/errors';
import { toWire } from '../post/post.wire.ts';
import * as requests from './vote.requests.ts';
import { VoteService } from './vote.service.ts';

/** The rpcs of PostService about votes. */
@Controller()
export class VoteController {
  constructor(readonly votes: VoteService) {}

  @GrpcMethod('PostService')
  async upvotePost(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id } = valid(requests.UpvotePost, request);
    return { post: toWire(await this.votes.vote(id, 1, caller)) };
  }

  @GrpcMethod('PostService')
  async downvotePost(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id } = valid(requests.DownvotePost, request);
    return { post: toWire(await this.votes.vote(id, -1, caller)) };
  }

  @GrpcMethod('PostService')
  async retractVote(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id } = valid(requests.RetractVote, request);
    return { post: toWire(await this.votes.vote(id, 0, caller)) };
  }
}
