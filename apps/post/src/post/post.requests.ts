import { PostSchema, PostView } from '@reputable/contracts/post/v1/post';
import { field, readMask } from '@reputable/request';
import { z } from 'zod';

const title = () => field.line(1, 300);
/** A page of 100 posts must fit into a response. */
const body = () => field.text(1, 30_000, 120_000);

export const GetPost = z.object({ id: field.id(), view: z.enum(PostView, { error: 'Must be one of the views in the contract.' }) });
export const BatchGetPosts = z.object({ ids: z.array(field.id()).max(100, { error: 'Must be 100 ids at most.' }) });
export const ListPosts = z.object({
  pageSize: field.pageSize(),
  pageToken: field.pageToken(),
  authorId: z.union([z.literal('').transform(() => undefined), field.id()], { error: 'Must be a UUID, or empty.' }),
  readMask: readMask(PostSchema),
});
export const CreatePost = z.object({ title: title(), body: body(), idempotencyKey: field.idempotencyKey().exactOptional() });
export const UpdatePost = z
  .object({ id: field.id(), title: title().exactOptional(), body: body().exactOptional(), etag: z.string() })
  .refine(({ title, body }) => title !== undefined || body !== undefined, { error: 'Must have a title, a body or both.' });
export const DeletePost = z.object({ id: field.id() });
export const AnonymizePosts = z.object({ userId: field.id() });
