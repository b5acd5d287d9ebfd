import type { PostSchema } from '@reputable/contracts/post/v1/post';
import { epochMs, MIN_ID } from '@reputable/database';
import type { FieldOf } from '@reputable/request';

/** Fields of the contract's Post. */
export type PostFields = ReadonlySet<FieldOf<typeof PostSchema>>;

const CHEAP = 'id, author_id AS "authorId", title, score';
const TIMES = `${epochMs('created_at')} AS "createdAt", ${epochMs('updated_at')} AS "updatedAt"`;
const voteOf = (voter: string) => `(SELECT value FROM vote WHERE post_id = post.id AND user_id = ${voter}) AS "myVote"`;

/** The time of a change: later than the one before, because it is the post's version. */
export const CHANGED_AT = "greatest(date_trunc('milliseconds', clock_timestamp()), updated_at + interval '1 millisecond')";

/**
 * The columns of the table post for these fields. Cheap columns are always selected and costly ones by group: clients choose the fields, and
 * each combination of columns is a prepared statement, of which there are eight.
 *
 * @param voter the parameter with the user whose vote to select: `$3`
 */
export function columnsOf(fields: PostFields, voter: string | undefined): string {
  const columns = [CHEAP];
  if (fields.has('body')) columns.push('body');
  if (fields.has('createdAt') || fields.has('updatedAt') || fields.has('etag')) columns.push(TIMES);
  if (voter !== undefined) columns.push(voteOf(voter));
  return columns.join(', ');
}

/**
 * Replaces the author of at most $2 posts of the user $1 by the nil UUID. The idempotency keys go, because they are unique for each author. The
 * version of a post stays the same.
 */
export const ANONYMIZE_POSTS = `
  UPDATE post SET author_id = '${MIN_ID}', idempotency_key = NULL, request_hash = NULL
  WHERE id IN (SELECT id FROM post WHERE author_id = $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE)
  RETURNING 1`;

/** Replaces the voter of at most $2 votes of the user $1 by a random id in each vote, so that no two votes show one voter. */
export const ANONYMIZE_VOTES = `
  UPDATE vote SET user_id = gen_random_uuid()
  WHERE user_id = $1 AND post_id IN (SELECT post_id FROM vote WHERE user_id = $1 ORDER BY post_id LIMIT $2 FOR UPDATE)
  RETURNING 1`;
