import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { CommentSchema } from '@reputable/contracts/comment/v1/comment';
import type { Comment } from './comment.entity.ts';

/** Maps a comment to the contract's Comment. */
export const toMessage = ({ createdAt, updatedAt, ...comment }: Comment): MessageInitShape<typeof CommentSchema> => ({
  ...comment,
  createdAt: timestampFromDate(createdAt),
  updatedAt: timestampFromDate(updatedAt),
});
