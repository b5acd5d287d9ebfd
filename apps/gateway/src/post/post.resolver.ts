import { Args, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type Client, InjectClient } from '@reputable/auth';
import { type Post, PostSchema, PostService, type Vote } from '@reputable/contracts/post/v1/post';
import { CommentBatch } from '../comment/comment.batch.ts';
import { connection, type PageArgs, pageOf } from '../page/page.ts';
import { orNull } from '../graphql/or-null.ts';
import { readMask } from '../graphql/read-mask.ts';
import { UserBatch } from '../user/user.batch.ts';

/** The input of a new post. */
interface NewPost {
  readonly title: string;
  readonly body: string;
  readonly idempotencyKey?: string;
}

/** The changes of a post. Absent fields stay unchanged. */
interface PostChange {
  readonly title?: string;
  readonly body?: string;
}

const postMask = readMask(PostSchema, { author: 'author_id', comments: 'id' });

@Resolver('Post')
export class PostResolver {
  constructor(
    @InjectClient(PostService) readonly posts: Client<typeof PostService>,
    readonly userBatch: UserBatch,
    readonly commentBatch: CommentBatch,
  ) {}

  @Query()
  async post(@Args('id') id: string) {
    return (await orNull(this.posts.getPost({ id })))?.post;
  }

  @Query('posts')
  async list(@Args() { authorId, ...args }: PageArgs & { authorId?: string | null }) {
    const { posts, nextPageToken } = await this.posts.listPosts({ ...pageOf(args), authorId: authorId ?? '', readMask: postMask() });
    return connection(posts, nextPageToken);
  }

  @Mutation()
  async createPost(@Args('input') input: NewPost) {
    return (await this.posts.createPost(input)).post;
  }

  @Mutation()
  async updatePost(@Args('id') id: string, @Args('input') change: PostChange) {
    return (await this.posts.updatePost({ id, ...change })).post;
  }

  @Mutation()
  async deletePost(@Args('id') id: string) {
    return Boolean(await this.posts.deletePost({ id }));
  }

  @Mutation()
  async upvotePost(@Args('id') id: string) {
    return (await this.posts.upvotePost({ id })).post;
  }

  @Mutation()
  async downvotePost(@Args('id') id: string) {
    return (await this.posts.downvotePost({ id })).post;
  }

  @Mutation()
  async retractVote(@Args('id') id: string) {
    return (await this.posts.retractVote({ id })).post;
  }

  // The methods below have no decorated parameters, so Nest calls them directly: faster for a field of every row.

  @ResolveField()
  author({ authorId }: Post) {
    return this.userBatch.load(authorId);
  }

  @ResolveField()
  comments({ id }: Post, args: PageArgs) {
    return this.commentBatch.load(id, args);
  }

  @ResolveField()
  myVote({ myVote }: Post): Vote | null {
    return myVote || null;
  }
}
