import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type AuthenticatedUser, type Client, InjectClient, reputationTooLow } from '@reputable/auth';
import { PostService, PostView } from '@reputable/contracts/post/v1/post';
import { MIN_ID, newId, select } from '@reputable/database';
import { fail, internal } from '@reputable/errors';
import { Repository } from 'typeorm';
import { Comment } from './comment.entity.ts';
import { authorSuspended, commentNotFound, notYoursToChange, notYoursToDelete } from './comment.errors.ts';
import { COMMENTER_REPUTATION, mayComment, mayDelete, mayUpdate } from './comment.rules.ts';
import { type CommentFields, listComments } from './comment.sql.ts';

/** A page of the comments on each of several posts. */
export interface CommentPages {
  readonly postIds: readonly string[];
  readonly size: number;
  /** The last comment of the pages before. */
  readonly after: string | undefined;
  /** The fields that the comments need to have. */
  readonly fields: CommentFields;
}

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
   * The comments on each of these posts, in the order of `postIds`: oldest first. Fetches up to `size` + 1 per post, to detect a next page.
   * Runs one query for all posts.
   */
  async list({ postIds, size, after = MIN_ID, fields }: CommentPages): Promise<Comment[][]> {
    const values = [[...new Set(postIds)], after, size + 1];
    const comments = await select<Comment>(this.comments.manager.dataSource, listComments(fields), values);
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
    const now = Date.now();
    const comment = { id: newId(), postId, authorId: user.id, body, score: 0, createdAt: now, updatedAt: now };
    await this.comments.insert(comment);
    return comment;
  }

  async update(id: string, body: string, user: AuthenticatedUser): Promise<Comment> {
    if (!mayUpdate(user, await this.get(id))) throw notYoursToChange();
    await this.comments.update({ id }, { body, updatedAt: Date.now() });
    return this.get(id);
  }

  async delete(id: string, user: AuthenticatedUser): Promise<void> {
    if (!mayDelete(user, await this.get(id))) throw notYoursToDelete();
    await this.comments.delete({ id });
  }
}
