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

/** The comments on each of the posts $1: oldest first, after the comment $2, at most $3 per post. */
const LIST = `
  SELECT comment.id, post_id AS "postId", author_id AS "authorId", body, score, created_at AS "createdAt", updated_at AS "updatedAt"
  FROM unnest($1::uuid[]) AS requested (id)
  CROSS JOIN LATERAL (SELECT * FROM comment WHERE post_id = requested.id AND id > $2 ORDER BY id LIMIT $3) comment
  ORDER BY comment.id`;

/** An id before all others. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/** The comments on posts. */
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
   * The comments on each of these posts, in the order of `postIds`: oldest first, after the comment `after`. Fetches up to `size` + 1 per post,
   * to detect a next page. Runs one query for all posts.
   */
  async list(postIds: readonly string[], size: number, after = FIRST): Promise<Comment[][]> {
    const comments = await this.comments.query<Comment[]>(LIST, [[...new Set(postIds)], after, size + 1]);
    const byPost = Map.groupBy(comments, ({ postId }) => postId);
    return postIds.map((postId) => byPost.get(postId) ?? []);
  }

  /** Reads the post and its author from the post service on behalf of the same user. */
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
