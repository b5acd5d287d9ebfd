/** The result of {@link MOVE_VOTES}. */
export interface Moved {
  /** The comment's new score. */
  readonly score: number;
  /** The votes that were set (`up`) or retracted. */
  readonly moves: readonly Move[];
}

/** A change of one user's vote. */
export interface Move {
  readonly user_id: string;
  readonly up: boolean;
}

/**
 * Sets the votes of the users $2 on comment $1, or retracts them where $3 is false, and adds the difference to the score. Lock the comment
 * first: the lock serializes votes on the comment and its deletion. `ANY ($2)` is redundant, but keeps the planner from reading all votes
 * when its statistics underestimate their number.
 */
export const MOVE_VOTES = `
  WITH moved AS (
    MERGE INTO comment_vote vote USING unnest($2::uuid[], $3::boolean[]) AS wanted (user_id, up)
    ON vote.comment_id = $1 AND vote.user_id = ANY ($2) AND vote.user_id = wanted.user_id
    WHEN MATCHED AND NOT wanted.up THEN DELETE
    WHEN NOT MATCHED AND wanted.up THEN INSERT (comment_id, user_id) VALUES ($1, wanted.user_id)
    RETURNING wanted.user_id, wanted.up
  ), change AS (
    SELECT coalesce(sum(CASE WHEN up THEN 1 ELSE -1 END), 0)::int AS delta, coalesce(json_agg(moved), '[]') AS moves FROM moved
  )
  UPDATE comment SET score = score + change.delta FROM change WHERE id = $1
  RETURNING score, change.moves`;

/** The comments after $2 that the user $1 has voted for: at most $3. */
export const LIST_OWN = 'SELECT comment_id AS id FROM comment_vote WHERE user_id = $1 AND comment_id > $2 ORDER BY comment_id LIMIT $3';
