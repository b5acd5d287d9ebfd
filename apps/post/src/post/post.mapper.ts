import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Post as Message, PostSchema, Vote } from '@reputable/contracts/post/v1/post';
import { allFields } from '@reputable/request';
import type { Post } from './post.entity.ts';
import type { PostFields } from './post.sql.ts';

/** All fields of a post. */
export const ALL: PostFields = allFields(PostSchema);

/** Maps these fields of a post to the contract's Post. */
export function toMessage(post: Post, fields: PostFields = ALL): Message {
  const message = create(PostSchema);
  if (fields.has('id')) message.id = post.id;
  if (fields.has('authorId')) message.authorId = post.authorId;
  if (fields.has('title')) message.title = post.title;
  if (fields.has('body')) message.body = post.body;
  if (fields.has('score')) message.score = post.score;
  if (fields.has('myVote') && post.myVote) message.myVote = VOTES[post.myVote];
  if (fields.has('createdAt')) message.createdAt = timestampFromMs(post.createdAt);
  if (fields.has('updatedAt')) message.updatedAt = timestampFromMs(post.updatedAt);
  if (fields.has('etag')) message.etag = post.updatedAt.toString(36);
  return message;
}

/** The `updatedAt` of an etag; undefined if it is none of ours. */
export const versionOf = (etag: string): number | undefined => (/^[0-9a-z]{1,10}$/.test(etag) ? parseInt(etag, 36) : undefined);

/** The contract's votes. */
export const VOTES = { 1: Vote.UP, [-1]: Vote.DOWN };
