import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type PostSchema, Vote } from '@reputable/contracts/post/v1/post';
import type { Post } from './post.entity.ts';

/** Maps a post to the contract's Post. */
export const toMessage = ({ createdAt, updatedAt, myVote, ...post }: Post): MessageInitShape<typeof PostSchema> => ({
  ...post,
  myVote: myVote ? VOTES[myVote.value] : Vote.UNSPECIFIED,
  createdAt: timestampFromDate(createdAt),
  updatedAt: timestampFromDate(updatedAt),
});

const VOTES = { 1: Vote.UP, [-1]: Vote.DOWN };
