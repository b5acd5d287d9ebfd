import { field } from '@reputable/request';
import { z } from 'zod';

const body = () => field.text(1, 600);

/** How many comments a batch has at most: what a page of 20 posts with 100 comments each comes to. */
const MOST = 2_000;

export const ListComments = z.object({ postId: field.id(), pageSize: field.pageSize(), pageToken: field.pageToken() });
export const BatchListComments = z
  .object({
    postIds: z.array(field.id()).max(100, { error: 'Must be 100 ids at most.' }),
    pageSize: field.pageSize(),
    pageToken: field.pageToken(),
  })
  .refine(({ postIds, pageSize }) => postIds.length * pageSize <= MOST, {
    error: 'Must be such that page_size times the number of post_ids is 2,000 at most.',
    path: ['pageSize'],
  });
export const CreateComment = z.object({ postId: field.id(), body: body() });
export const UpdateComment = z.object({ id: field.id(), body: body() });
export const DeleteComment = z.object({ id: field.id() });
