import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type Caller, CurrentCaller } from '@reputable/auth';
import { valid } from '@reputable/errors';
import { toWire } from '../comment/comment.wire.ts';
import * as requests from './vote.requests.ts';
import { VoteService } from './vote.service.ts';

/** The rpcs of CommentService about votes. */
@Controller()
export class VoteController {
  constructor(readonly votes: VoteService) {}

  @GrpcMethod('CommentService')
  async upvoteComment(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id } = valid(requests.UpvoteComment, request);
    return { comment: toWire(await this.votes.vote(id, true, caller)) };
  }

  @GrpcMethod('CommentService')
  async retractCommentVote(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id } = valid(requests.RetractCommentVote, request);
    return { comment: toWire(await this.votes.vote(id, false, caller)) };
  }
}
