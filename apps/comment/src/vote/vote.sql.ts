/** What {@link MOVE_VOTES} returns. */
export interface Moved {
  /** The comment's score now. */
  readonly score: number;
  /** The votes that were put (`up`) or taken back. */
  readonly moves: readonly Move[];
}

/** A change of one user's vote. */
export interface Move {
  readonly user_id: string;
  readonly up: boolean;
}

/**
 * Puts or, where $3 is false, takes back the votes of the users $2 on comment $1, and adds the difference to the score. Whoever runs it
 * has locked the comment: the votes on it change one transaction after the other, and deleting it waits for its turn as well.
 * `ANY ($2)` says nothing new: it keeps the plan from reading all votes, of which there may be many more than the statistics know.
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
