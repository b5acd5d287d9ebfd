import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type AuthenticatedUser, type Client, InjectClient, reputationTooLow } from '@reputable/auth';
import { PostService, PostView } from '@reputable/contracts/post/v1/post';
import { newId } from '@reputable/database';
import { fail, internal } from '@reputable/errors';
import { Repository } from 'typeorm';
import { Comment } from './comment.entity.ts';
import { authorSuspended, commentNotFound, notYoursToChange, notYoursToDelete } from './comment.errors.ts';
import { COMMENTER_REPUTATION, mayComment, mayDelete, mayUpdate } from './comment.rules.ts';

/** The comments on each of the posts $1, oldest first, after the comment with the id $2, $3 of each at most. */
const LIST = `
  SELECT comment.id, post_id AS "postId", author_id AS "authorId", body, score, created_at AS "createdAt", updated_at AS "updatedAt"
  FROM unnest($1::uuid[]) AS asked (id)
  CROSS JOIN LATERAL (SELECT * FROM comment WHERE post_id = asked.id AND id > $2 ORDER BY id LIMIT $3) comment
  ORDER BY comment.id`;

/** The id before all others. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Comments: who said what about which post. */
@Injectable()
export class CommentService {
  constructor(
    @InjectRepository(Comment) readonly comments: Repository<Comment>,
    @InjectClient(PostService) readonly posts: Client<typeof PostService>,
  ) {}

  async get(id: string): Promise<Comment> {
    return (await this.comments.findOneBy({ id })) ?? fail(commentNotFound(id));
  }

  /**
   * The comments on each of these posts, in the order asked for and oldest first, after the comment with the id `after`; one more of each
   * than asked for tells that there are more. One query, however many posts.
   */
  async list(postIds: readonly string[], size: number, after = FIRST): Promise<Comment[][]> {
    const comments = await this.comments.query<Comment[]>(LIST, [[...new Set(postIds)], after, size + 1]);
    const byPost = Map.groupBy(comments, ({ postId }) => postId);
    return postIds.map((postId) => byPost.get(postId) ?? []);
  }

  /** The post service, and the user service behind it, are asked on behalf of the same user. */
  async create(postId: string, body: string, user: AuthenticatedUser): Promise<Comment> {
    const { post } = await this.posts.getPost({ id: postId, view: PostView.WITH_AUTHOR });
    if (!post?.author) throw internal();
    const { displayName, suspended } = post.author;
    if (suspended) throw authorSuspended(displayName);
    if (!mayComment(user, post)) throw reputationTooLow(COMMENTER_REPUTATION, user.reputation, `Commenting on ${displayName}'s post`);
    const now = new Date();
    const comment = { id: newId(), postId, authorId: user.id, body, score: 0, createdAt: now, updatedAt: now };
    await this.comments.insert(comment);
    return comment;
  }

  async update(id: string, body: string, user: AuthenticatedUser): Promise<Comment> {
    if (!mayUpdate(user, await this.get(id))) throw notYoursToChange();
    await this.comments.update({ id }, { body, updatedAt: new Date() });
    return this.get(id);
  }

  async delete(id: string, user: AuthenticatedUser): Promise<void> {
    if (!mayDelete(user, await this.get(id))) throw notYoursToDelete();
    await this.comments.delete({ id });
  }
}
