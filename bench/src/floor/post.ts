import { PostService } from '@reputable/contracts/post/v1/post';
import { serve } from './rpc.ts';
import { statement } from './statement.ts';

const newest = statement<{ id: string; authorId: string; title: string; body: string }>(
  'newest',
  'SELECT id, author_id AS "authorId", title, body FROM post ORDER BY id DESC LIMIT $1',
);

await serve(PostService.method.listPosts, async ({ pageSize }) => ({ posts: await newest(pageSize) }));
