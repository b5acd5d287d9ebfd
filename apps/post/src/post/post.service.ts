import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticatedUser } from '@reputable/auth';
import { inBatches, MAX_ID, newId, select } from '@reputable/database';
import { fail, idempotencyKeyReused } from '@reputable/errors';
import { requestHash } from '@reputable/request';
import { Repository } from 'typeorm';
import { DeletedPostsOutbox } from './deleted-posts.outbox.ts';
import { Post } from './post.entity.ts';
import { notYoursToDelete, notYoursToEdit, postChanged, postNotFound } from './post.errors.ts';
import { ALL, versionOf } from './post.mapper.ts';
import { mayDelete, mayEdit, maySeeOwnVotes } from './post.rules.ts';
import { ANONYMIZE_POSTS, ANONYMIZE_VOTES, CHANGED_AT, columnsOf, type PostFields } from './post.sql.ts';

/** The rows of one statement that changes many. */
const BATCH = 200;

/** The text of a post. */
export type PostContent = Pick<Post, 'title' | 'body'>;

/** The changes of an edit. Absent fields stay unchanged. */
export type PostChange = Partial<PostContent>;

/** A page of posts to list. */
export interface PostPage {
  readonly size: number;
  /** The last post of the page before. */
  readonly after: string | undefined;
  /** Only posts of this author. */
  readonly authorId: string | undefined;
  /** The fields that the posts need to have. */
  readonly fields: PostFields;
}

/** Posts, with the current user's votes. */
@Injectable()
export class PostService {
  constructor(
    @InjectRepository(Post) readonly posts: Repository<Post>,
    readonly deleted: DeletedPostsOutbox,
  ) {}

  async get(id: string, user?: AuthenticatedUser): Promise<Post> {
    const [post] = await this.#select(ALL, user, 'WHERE id = $1', [id]);
    return post ?? fail(postNotFound(id));
  }

  getMany(ids: readonly string[], user?: AuthenticatedUser): Promise<Post[]> {
    return this.#select(ALL, user, 'WHERE id = ANY ($1)', [ids]);
  }

  /** Lists posts: newest first. Fetches up to `size` + 1, to detect a next page. */
  list({ size, after = MAX_ID, authorId, fields }: PostPage, user?: AuthenticatedUser): Promise<Post[]> {
    const [author, values] = authorId === undefined ? ['', []] : ['AND author_id = $3', [authorId]];
    return this.#select(fields, user, `WHERE id < $1 ${author} ORDER BY id DESC LIMIT $2`, [after, size + 1, ...values]);
  }

  /** @param key of the request. A repeated request returns the post of the first one */
  async create(content: PostContent, key: string | undefined, author: AuthenticatedUser): Promise<Post> {
    const now = Date.now();
    const post = { id: newId(), authorId: author.id, ...content, score: 0, createdAt: now, updatedAt: now };
    if (key === undefined) {
      await this.posts.insert(post);
      return post;
    }
    const keyed = { ...post, idempotencyKey: key, requestHash: requestHash(content.title, content.body) };
    const inserted = await this.posts.createQueryBuilder().insert().values(keyed).orIgnore().returning('id').execute();
    return (inserted.raw as unknown[]).length > 0 ? post : this.#createdBy(keyed, author);
  }

  /** The post that the same request has created before. */
  async #createdBy({ idempotencyKey, requestHash: sent }: Post, author: AuthenticatedUser): Promise<Post> {
    const where = 'WHERE author_id = $1 AND idempotency_key = $2 AND request_hash = $3';
    const [post] = await this.#select(ALL, author, where, [author.id, idempotencyKey, sent]);
    return post ?? fail(idempotencyKeyReused());
  }

  /** @param etag the version that the change is based on; empty for any */
  async update(id: string, change: PostChange, etag: string, user: AuthenticatedUser): Promise<Post> {
    if (!mayEdit(user, await this.get(id))) throw notYoursToEdit();
    const updatedAt = versionOf(etag);
    if (etag !== '' && updatedAt === undefined) throw postChanged(id);
    const version = updatedAt === undefined ? { id } : { id, updatedAt };
    const { affected } = await this.posts.update(version, { ...change, updatedAt: () => CHANGED_AT });
    const post = await this.get(id, user);
    return affected === 0 ? fail(postChanged(id)) : post;
  }

  async delete(id: string, user: AuthenticatedUser): Promise<void> {
    if (!mayDelete(user, await this.get(id))) throw notYoursToDelete();
    await this.posts.manager.transaction(async (tx) => {
      const { affected } = await tx.delete(Post, { id });
      if (affected) await this.deleted.announce(tx, id);
    });
  }

  /**
   * Removes a deleted user from posts and votes, in batches that commit one by one. If the deadline ends the work, a repeated call goes on with
   * the rest.
   */
  async anonymize(userId: string): Promise<void> {
    const { manager } = this.posts;
    for (const statement of [ANONYMIZE_POSTS, ANONYMIZE_VOTES]) await inBatches(manager, statement, { subject: userId, size: BATCH });
    await manager.query('DELETE FROM vote_count WHERE user_id = $1', [userId]);
  }

  /** Selects posts with these fields, including the user's votes. Other fields may be missing. */
  #select(fields: PostFields, user: AuthenticatedUser | undefined, clauses: string, values: unknown[]): Promise<Post[]> {
    const voter = user && fields.has('myVote') && maySeeOwnVotes(user) ? `$${String(values.push(user.id))}` : undefined;
    return select<Post>(this.posts.manager.dataSource, `SELECT ${columnsOf(fields, voter)} FROM post ${clauses}`, values);
  }
}
