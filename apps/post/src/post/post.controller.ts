import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type Caller, type Client, CurrentCaller, InjectClient, OptionalCaller } from '@reputable/auth';
import { PostView } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { field, valid } from '@reputable/errors';
import * as requests from './post.requests.ts';
import { PostService } from './post.service.ts';
import { toWire } from './post.wire.ts';

/** The rpcs of PostService about posts. */
@Controller()
export class PostController {
  constructor(
    readonly posts: PostService,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
  ) {}

  @GrpcMethod('PostService')
  async getPost(@Payload() request: unknown, @OptionalCaller() caller?: Caller) {
    const { id, view } = valid(requests.GetPost, request);
    const post = await this.posts.get(id, caller);
    if (view !== PostView.WITH_AUTHOR) return { post: toWire(post) };
    const { user: author } = await this.users.getUser({ id: post.authorId });
    return { post: { ...toWire(post), author } };
  }

  @GrpcMethod('PostService')
  async batchGetPosts(@Payload() request: unknown, @OptionalCaller() caller?: Caller) {
    const { ids } = valid(requests.BatchGetPosts, request);
    return { posts: (await this.posts.getMany(ids, caller)).map(toWire) };
  }

  @GrpcMethod('PostService')
  async listPosts(@Payload() request: unknown, @OptionalCaller() caller?: Caller) {
    const { pageSize, pageToken, authorId } = valid(requests.ListPosts, request);
    const { rows, nextPageToken } = field.page(await this.posts.list(pageSize, pageToken, authorId, caller), pageSize);
    return { posts: rows.map(toWire), nextPageToken };
  }

  @GrpcMethod('PostService')
  async createPost(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { title, body } = valid(requests.CreatePost, request);
    return { post: toWire(await this.posts.create(title, body, caller)) };
  }

  @GrpcMethod('PostService')
  async updatePost(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id, ...change } = valid(requests.UpdatePost, request);
    return { post: toWire(await this.posts.update(id, change, caller)) };
  }

  @GrpcMethod('PostService')
  async deletePost(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id } = valid(requests.DeletePost, request);
    await this.posts.delete(id, caller);
    return {};
  }
}
