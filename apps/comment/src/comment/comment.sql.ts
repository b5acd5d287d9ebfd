import type { CommentSchema } from '@reputable/contracts/comment/v1/comment';
import { epochMs, MIN_ID } from '@reputable/database';
import type { FieldOf } from '@reputable/request';

/** Fields of the contract's Comment. */
export type CommentFields = ReadonlySet<FieldOf<typeof CommentSchema>>;

const listWith = (columns: string) => `
  SELECT listed.*
  FROM unnest($1::uuid[]) AS requested (id)
  CROSS JOIN LATERAL (SELECT ${columns} FROM comment WHERE post_id = requested.id AND id > $2 ORDER BY id LIMIT $3) listed
  ORDER BY listed.id`;

const CHEAP = 'id, post_id AS "postId", author_id AS "authorId", body, score';
const ALL = `${CHEAP}, ${epochMs('created_at')} AS "createdAt", ${epochMs('updated_at')} AS "updatedAt"`;
const LIST = listWith(CHEAP);
const LIST_WITH_TIMES = listWith(ALL);

/** The comment that the user $1 has created with the idempotency key $2, with the hash of the request. */
export const COMMENT_OF_KEY = `SELECT ${ALL}, request_hash AS "requestHash" FROM comment WHERE author_id = $1 AND idempotency_key = $2`;

/**
 * Lists the comments on each of the posts $1 with the columns for these fields: oldest first, after the comment $2, at most $3 per post. The
 * times are selected only if needed. The other columns are cheap, and each combination of columns is a prepared statement.
 */
export const listComments = (fields: CommentFields) => (fields.has('createdAt') || fields.has('updatedAt') ? LIST_WITH_TIMES : LIST);

/** The comments of the user $1 before the comment $2: latest first, at most $3. */
export const LIST_OWN = `SELECT ${ALL} FROM comment WHERE author_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`;

/** Deletes at most $2 comments on the posts $1, and their votes by the foreign key. */
export const DELETE_OF_POSTS = `
  DELETE FROM comment WHERE id IN (SELECT id FROM comment WHERE post_id = ANY ($1) ORDER BY id LIMIT $2 FOR UPDATE)
  RETURNING 1`;

/** Replaces the author of at most $2 comments of the user $1 by the nil UUID. The idempotency keys go, because they are unique for each author. */
export const ANONYMIZE_COMMENTS = `
  UPDATE comment SET author_id = '${MIN_ID}', idempotency_key = NULL, request_hash = NULL
  WHERE id IN (SELECT id FROM comment WHERE author_id = $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE)
  RETURNING 1`;

/** Replaces the voter of at most $2 votes of the user $1 by a random id in each vote, so that no two votes show one voter. */
export const ANONYMIZE_VOTES = `
  UPDATE comment_vote SET user_id = gen_random_uuid()
  WHERE user_id = $1 AND comment_id IN (SELECT comment_id FROM comment_vote WHERE user_id = $1 ORDER BY comment_id LIMIT $2 FOR UPDATE)
  RETURNING 1`;
