import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticatedUser } from '@reputable/auth';
import { newId } from '@reputable/database';
import { fail } from '@reputable/errors';
import { In, Repository, type SelectQueryBuilder } from 'typeorm';
import { Vote } from './vote.entity.ts';
import { Post } from './post.entity.ts';
import { notYoursToDelete, notYoursToEdit, postNotFound } from './post.errors.ts';
import { mayDelete, mayEdit } from './post.rules.ts';

/** The changes of an edit. Absent fields stay unchanged. */
export type PostChange = Partial<Pick<Post, 'title' | 'body'>>;

/** Posts, with the current user's votes. */
@Injectable()
export class PostService {
  constructor(@InjectRepository(Post) readonly posts: Repository<Post>) {}

  async get(id: string, user?: AuthenticatedUser): Promise<Post> {
    return (await this.#seenBy(user).where({ id }).getOne()) ?? fail(postNotFound(id));
  }

  getMany(ids: readonly string[], user?: AuthenticatedUser): Promise<Post[]> {
    return this.#seenBy(user)
      .where({ id: In([...new Set(ids)]) })
      .getMany();
  }

  /** Lists posts: newest first, after the post `after`. Fetches up to `size` + 1, to detect a next page. */
  list(size: number, after: string | undefined, authorId: string | undefined, user?: AuthenticatedUser): Promise<Post[]> {
    const posts = this.#seenBy(user)
      .orderBy('post.id', 'DESC')
      .limit(size + 1);
    if (after !== undefined) posts.andWhere('post.id < :after', { after });
    if (authorId !== undefined) posts.andWhere({ authorId });
    return posts.getMany();
  }

  async create(title: string, body: string, author: AuthenticatedUser): Promise<Post> {
    const now = new Date();
    const post = { id: newId(), authorId: author.id, title, body, score: 0, createdAt: now, updatedAt: now };
    await this.posts.insert(post);
    return post;
  }

  async update(id: string, change: PostChange, user: AuthenticatedUser): Promise<Post> {
    if (!mayEdit(user, await this.get(id))) throw notYoursToEdit();
    await this.posts.update({ id }, { ...change, updatedAt: new Date() });
    return this.get(id, user);
  }

  async delete(id: string, user: AuthenticatedUser): Promise<void> {
    if (!mayDelete(user, await this.get(id))) throw notYoursToDelete();
    await this.posts.delete({ id });
  }

  /** Posts with the current user's votes, in one query. Without a user, posts only. */
  #seenBy(user: AuthenticatedUser | undefined): SelectQueryBuilder<Post> {
    const posts = this.posts.createQueryBuilder('post');
    if (!user) return posts;
    return posts.leftJoinAndMapOne('post.myVote', Vote, 'vote', 'vote.postId = post.id AND vote.userId = :voter', { voter: user.id });
  }
}
