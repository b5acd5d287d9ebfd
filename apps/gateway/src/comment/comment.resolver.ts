import { Args, Mutation, ResolveField, Resolver } from '@nestjs/graphql';
import { type Client, InjectClient } from '@reputable/auth';
import { type Comment, CommentService } from '@reputable/contracts/comment/v1/comment';
import { UserBatch } from '../user/user.batch.ts';

@Resolver('Comment')
export class CommentResolver {
  constructor(
    @InjectClient(CommentService) readonly comments: Client<typeof CommentService>,
    readonly userBatch: UserBatch,
  ) {}

  @Mutation()
  async createComment(@Args('input') input: { postId: string; body: string; idempotencyKey?: string }) {
    return (await this.comments.createComment(input)).comment;
  }

  @Mutation()
  async updateComment(@Args('id') id: string, @Args('input') { body }: { body: string }) {
    return (await this.comments.updateComment({ id, body })).comment;
  }

  @Mutation()
  async deleteComment(@Args('id') id: string) {
    return Boolean(await this.comments.deleteComment({ id }));
  }

  @Mutation()
  async upvoteComment(@Args('id') id: string) {
    return (await this.comments.upvoteComment({ id })).comment;
  }

  @Mutation()
  async retractCommentVote(@Args('id') id: string) {
    return (await this.comments.retractCommentVote({ id })).comment;
  }

  // No decorated parameter, so Nest calls the method directly.
  @ResolveField()
  author({ authorId }: Comment) {
    return this.userBatch.load(authorId);
  }
}
