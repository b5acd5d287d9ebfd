/** A change of one user's vote; 0 means no vote. */
export interface Move {
  readonly user_id: string;
  readonly before: -1 | 0 | 1;
  readonly after: -1 | 0 | 1;
}

/** The result of {@link MOVE_VOTES}. */
export interface Moved {
  /** The post's new score. */
  readonly score: number;
  /** The votes that were set, changed or retracted. */
  readonly moves: readonly Move[];
}

/**
 * Replaces the votes of the users $2 on post $1 by the votes $3, and adds the difference to the score. Lock the post first: the lock
 * serializes votes on the post and its deletion. `ANY ($2)` is redundant, but keeps the planner from reading all votes when its statistics
 * underestimate their number.
 */
export const MOVE_VOTES = `
  WITH moved AS (
    MERGE INTO vote USING unnest($2::uuid[], $3::smallint[]) AS wanted (user_id, value)
    ON vote.post_id = $1 AND vote.user_id = ANY ($2) AND vote.user_id = wanted.user_id
    WHEN MATCHED AND wanted.value = 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET value = wanted.value
    WHEN NOT MATCHED AND wanted.value <> 0 THEN INSERT (post_id, user_id, value) VALUES ($1, wanted.user_id, wanted.value)
    RETURNING wanted.user_id, coalesce(old.value, 0) AS before, coalesce(new.value, 0) AS after
  ), change AS (
    SELECT coalesce(sum(after - before), 0)::int AS delta, coalesce(json_agg(moved), '[]') AS moves FROM moved
  )
  UPDATE post SET score = score + change.delta FROM change WHERE id = $1
  RETURNING score, change.moves`;

/** A user's vote. */
export interface OwnVote {
  /** The id of the post. */
  readonly id: string;
  readonly value: -1 | 1;
}

/** The votes of the user $1 on posts after $2: at most $3. */
export const LIST_OWN = 'SELECT post_id AS id, value FROM vote WHERE user_id = $1 AND post_id > $2 ORDER BY post_id LIMIT $3';
