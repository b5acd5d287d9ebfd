import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type AuthenticatedUser, type Client, InjectClient, reputationTooLow } from '@reputable/auth';
import { PostService, PostView } from '@reputable/contracts/post/v1/post';
import { inBatches, MAX_ID, MIN_ID, newId, select } from '@reputable/database';
import { fail, idempotencyKeyReused, internal } from '@reputable/errors';
import { requestHash } from '@reputable/request';
import { Repository } from 'typeorm';
import { Comment } from './comment.entity.ts';
import { authorSuspended, commentNotFound, notYoursToChange, notYoursToDelete } from './comment.errors.ts';
import { COMMENTER_REPUTATION, mayComment, mayDelete, mayUpdate } from './comment.rules.ts';
import {
  ANONYMIZE_COMMENTS,
  ANONYMIZE_VOTES,
  COMMENT_OF_KEY,
  type CommentFields,
  DELETE_OF_POSTS,
  LIST_OWN,
  listComments,
} from './comment.sql.ts';

/** The text of a comment, and its place. */
export type CommentContent = Pick<Comment, 'postId' | 'body'>;

/** The rows of one statement that changes many. */
const BATCH = 500;

const hashOf = ({ postId, body }: CommentContent) => requestHash(postId, body);

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

  /** The comments of a user: latest first, after the comment `after`. Fetches up to `size` + 1, to detect a next page. */
  listOf(authorId: string, size: number, after: string = MAX_ID): Promise<Comment[]> {
    return select<Comment>(this.comments.manager.dataSource, LIST_OWN, [authorId, after, size + 1]);
  }

  /**
   * Reads the post and its author from the post service on behalf of the same user.
   *
   * @param key of the request. A repeated request returns the comment of the first one, even if the user could not make it any more
   */
  async create(content: CommentContent, key: string | undefined, user: AuthenticatedUser): Promise<Comment> {
    const former = key === undefined ? undefined : await this.#createdBy(content, key, user);
    if (former) return former;
    await this.#expectMayComment(content.postId, user);
    const now = Date.now();
    const comment = { id: newId(), authorId: user.id, ...content, score: 0, createdAt: now, updatedAt: now };
    const keyed = key === undefined ? comment : { ...comment, idempotencyKey: key, requestHash: hashOf(content) };
    const inserted = await this.comments.createQueryBuilder().insert().values(keyed).orIgnore().returning('id').execute();
    if ((inserted.raw as unknown[]).length > 0 || key === undefined) return comment;
    return (await this.#createdBy(content, key, user)) ?? fail(idempotencyKeyReused());
  }

  async #expectMayComment(postId: string, user: AuthenticatedUser): Promise<void> {
    const { post } = await this.posts.getPost({ id: postId, view: PostView.WITH_AUTHOR });
    if (!post?.author) throw internal();
    const { displayName, suspended } = post.author;
    if (suspended) throw authorSuspended(displayName);
    if (!mayComment(user, post)) throw reputationTooLow(COMMENTER_REPUTATION, user.reputation, `Commenting on ${displayName}'s post`);
  }

  /** The comment that a request of the user with this key has created. */
  async #createdBy(content: CommentContent, key: string, user: AuthenticatedUser): Promise<Comment | undefined> {
    const [found] = await select<Comment>(this.comments.manager.dataSource, COMMENT_OF_KEY, [user.id, key]);
    if (!found) return undefined;
    const { requestHash: sent, ...comment } = found;
    return sent?.equals(hashOf(content)) ? comment : fail(idempotencyKeyReused());
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

  /**
   * Deletes the comments on deleted posts with their votes, in batches that commit one by one. If the deadline ends the work, a repeated call
   * goes on with the rest.
   */
  async deleteOfPosts(postIds: readonly string[]): Promise<void> {
    await inBatches(this.comments.manager, DELETE_OF_POSTS, { subject: postIds, size: BATCH });
  }

  /** Removes a deleted user from comments and votes, in batches like {@link deleteOfPosts}. */
  async anonymize(userId: string): Promise<void> {
    const { manager } = this.comments;
    for (const statement of [ANONYMIZE_COMMENTS, ANONYMIZE_VOTES]) await inBatches(manager, statement, { subject: userId, size: BATCH });
    await manager.query('DELETE FROM vote_count WHERE user_id = $1', [userId]);
  }
}
