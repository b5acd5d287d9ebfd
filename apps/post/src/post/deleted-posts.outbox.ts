import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { Outbox } from '@reputable/database';
import { DataSource, type EntityManager } from 'typeorm';

/** A deleted post, as the outbox stores it. */
type DeletedPost = { readonly postId: string };

/** The limit of `DeleteCommentsOfPosts`. */
const MAX_IDS = 100;

/**
 * When a deletion is announced again, in seconds: longer than any deadline. A request that read the post before its deletion cannot add a comment
 * afterwards.
 */
const AGAIN_S = 90;

/** Announces deleted posts to the comment service, which deletes the comments on them. */
@Injectable()
export class DeletedPostsOutbox extends Outbox<DeletedPost> {
  constructor(dataSource: DataSource, @InjectClient(CommentService) comments: Client<typeof CommentService>) {
    const deliver = async (posts: DeletedPost[]) => {
      await comments.deleteCommentsOfPosts({ postIds: posts.map(({ postId }) => postId) });
    };
    super({ dataSource, queue: 'deleted_post', deliver, batch: MAX_IDS });
  }

  /** Announces a deletion in its transaction: at once, and again after the requests that were in progress. */
  async announce(tx: EntityManager, postId: string): Promise<void> {
    await this.add(tx, [{ postId }]);
    await this.add(tx, [{ postId }], AGAIN_S);
  }
}
