import { CommentSchema } from '@reputable/contracts/comment/v1/comment';
import { field, readMask } from '@reputable/request';
import { z } from 'zod';

const body = () => field.text(1, 600);

/** The maximum number of comments in a batch: a page of 20 posts with 100 comments each. */
const MOST = 2_000;

export const ListComments = z.object({ postId: field.id(), pageSize: field.pageSize(), pageToken: field.pageToken() });
export const BatchListComments = z
  .object({
    postIds: z.array(field.id()).max(100, { error: 'Must be 100 ids at most.' }),
    pageSize: field.pageSize(),
    pageToken: field.pageToken(),
    readMask: readMask(CommentSchema),
  })
  .refine(({ postIds, pageSize }) => postIds.length * pageSize <= MOST, {
    error: 'page_size times the number of post_ids must be at most 2,000.',
    path: ['pageSize'],
  });
export const CreateComment = z.object({ postId: field.id(), body: body(), idempotencyKey: field.idempotencyKey().exactOptional() });
export const UpdateComment = z.object({ id: field.id(), body: body() });
export const DeleteComment = z.object({ id: field.id() });
export const ListOwnComments = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });
export const AnonymizeComments = z.object({ userId: field.id() });
export const DeleteCommentsOfPosts = z.object({
  postIds: z.array(field.id()).min(1, { error: 'Must be 1 id or more.' }).max(100, { error: 'Must be 100 ids at most.' }),
});
