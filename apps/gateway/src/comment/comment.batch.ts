import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { type Comment, type CommentPage, CommentSchema, CommentService } from '@reputable/contracts/comment/v1/comment';
import DataLoader from 'dataloader';
import { connection, type PageArgs, pageOf } from '../page/page.ts';
import { perRequest } from '../graphql/per-request.ts';
import { readMask } from '../graphql/read-mask.ts';
import { expectAuthors } from '../user/author-wait.ts';

/** The limits of `BatchListComments`: posts, and comments in total. */
const MAX_POSTS = 100;
const MAX_COMMENTS = 2_000;
/** The contract's default page size. */
const DEFAULT_SIZE = 20;

const commentMask = readMask(CommentSchema, { author: 'author_id' });

type Page = ReturnType<typeof connection<Comment>>;

/** Pages of comments. One call fetches the pages of all posts at one depth of a request that have the same arguments. */
@Injectable()
export class CommentBatch {
  readonly #loaders = perRequest(() => new Map<string, DataLoader<string, Page>>());

  constructor(@InjectClient(CommentService) readonly comments: Client<typeof CommentService>) {}

  /** The page of the comments on this post. */
  load(postId: string, args: PageArgs): Promise<Page> {
    const page = this.#loaderFor(args).load(postId);
    expectAuthors('Comment', page);
    return page;
  }

  #loaderFor(args: PageArgs): DataLoader<string, Page> {
    const loaders = this.#loaders();
    const key = `${String(args.first)} ${String(args.after)}`;
    let loader = loaders.get(key);
    if (!loader) {
      const maxBatchSize = Math.min(MAX_POSTS, Math.floor(MAX_COMMENTS / (args.first ?? DEFAULT_SIZE)));
      loader = new DataLoader((postIds) => this.#fetch(postIds, args), { maxBatchSize });
      loaders.set(key, loader);
    }
    return loader;
  }

  async #fetch(postIds: readonly string[], args: PageArgs): Promise<Page[]> {
    const { pages } = await this.comments.batchListComments({ postIds: [...postIds], ...pageOf(args), readMask: commentMask() });
    const byPost = new Map(pages.map((page) => [page.postId, page]));
    return postIds.map((postId) => toConnection(byPost.get(postId)));
  }
}

const toConnection = (page: CommentPage | undefined) => connection(page?.comments ?? [], page?.nextPageToken ?? '');
