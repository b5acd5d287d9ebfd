import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { serve } from './rpc.ts';
import { statement } from './statement.ts';

const firstOfEach = statement<{ id: string; postId: string; authorId: string; body: string }>(
  'first of each',
  `SELECT first.* FROM unnest($1::uuid[]) AS post (id) CROSS JOIN LATERAL
     (SELECT id, post_id AS "postId", author_id AS "authorId", body FROM comment WHERE post_id = post.id ORDER BY id LIMIT $2) AS first`,
);

await serve(CommentService.method.batchListComments, async ({ postIds, pageSize }) => {
  const byPost = Map.groupBy(await firstOfEach(postIds, pageSize), ({ postId }) => postId);
  return { pages: [...byPost].map(([postId, comments]) => ({ postId, comments })) };
});
