import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, type Client, CurrentUser, InjectClient, OptionalUser } from '@reputable/auth';
import { deletedUser } from '@reputable/contracts';
import { PostView } from '@reputable/contracts/post/v1/post';
import { type User, UserService } from '@reputable/contracts/user/v1/user';
import { Code, DomainError } from '@reputable/errors';
import { page, valid } from '@reputable/request';
import * as requests from './post.requests.ts';
import { PostService } from './post.service.ts';
import { toMessage } from './post.mapper.ts';

/** The rpcs of PostService about posts. */
@Controller()
export class PostController {
  constructor(
    readonly posts: PostService,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
  ) {}

  @GrpcMethod('PostService')
  async getPost(@Payload() request: unknown, @OptionalUser() user?: AuthenticatedUser) {
    const { id, view } = valid(requests.GetPost, request);
    const post = toMessage(await this.posts.get(id, user));
    if (view !== PostView.WITH_AUTHOR) return { post };
    const author = await this.#authorOf(post.authorId);
    return { post: { ...post, ...(author && { author }) } };
  }

  @GrpcMethod('PostService')
  async batchGetPosts(@Payload() request: unknown, @OptionalUser() user?: AuthenticatedUser) {
    const { ids } = valid(requests.BatchGetPosts, request);
    return { posts: (await this.posts.getMany(ids, user)).map((post) => toMessage(post)) };
  }

  @GrpcMethod('PostService')
  async listPosts(@Payload() request: unknown, @OptionalUser() user?: AuthenticatedUser) {
    const { pageSize: size, pageToken: after, authorId, readMask: fields } = valid(requests.ListPosts, request);
    const { rows, nextPageToken } = page(await this.posts.list({ size, after, authorId, fields }, user), size);
    return { posts: rows.map((post) => toMessage(post, fields)), nextPageToken };
  }

  @GrpcMethod('PostService')
  async createPost(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { idempotencyKey, ...content } = valid(requests.CreatePost, request);
    return { post: toMessage(await this.posts.create(content, idempotencyKey, user)) };
  }

  @GrpcMethod('PostService')
  async updatePost(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id, etag, ...change } = valid(requests.UpdatePost, request);
    return { post: toMessage(await this.posts.update(id, change, etag, user)) };
  }

  @GrpcMethod('PostService')
  async deletePost(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.DeletePost, request);
    await this.posts.delete(id, user);
    return {};
  }

  @GrpcMethod('PostService')
  async anonymizePosts(request: unknown) {
    await this.posts.anonymize(valid(requests.AnonymizePosts, request).userId);
    return {};
  }

  /** The author, or a placeholder if the account was deleted. */
  async #authorOf(id: string): Promise<User | undefined> {
    try {
      return (await this.users.getUser({ id })).user;
    } catch (error) {
      if (error instanceof DomainError && error.code === Code.NOT_FOUND) return deletedUser(id);
      throw error;
    }
  }
}
