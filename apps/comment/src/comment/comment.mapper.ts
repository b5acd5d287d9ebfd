import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Comment as Message, CommentSchema } from '@reputable/contracts/comment/v1/comment';
import { allFields } from '@reputable/request';
import type { Comment } from './comment.entity.ts';
import type { CommentFields } from './comment.sql.ts';

/** All fields of a comment. */
export const ALL: CommentFields = allFields(CommentSchema);

/** Maps these fields of a comment to the contract's Comment. */
export function toMessage(comment: Comment, fields: CommentFields = ALL): Message {
  const message = create(CommentSchema);
  if (fields.has('id')) message.id = comment.id;
  if (fields.has('postId')) message.postId = comment.postId;
  if (fields.has('authorId')) message.authorId = comment.authorId;
  if (fields.has('body')) message.body = comment.body;
  if (fields.has('score')) message.score = comment.score;
  if (fields.has('createdAt')) message.createdAt = timestampFromMs(comment.createdAt);
  if (fields.has('updatedAt')) message.updatedAt = timestampFromMs(comment.updatedAt);
  return message;
}
