/** A change of one user's vote: 0 is none. */
export interface Move {
  readonly user_id: string;
  readonly before: -1 | 0 | 1;
  readonly after: -1 | 0 | 1;
}

/** What {@link MOVE_VOTES} returns. */
export interface Moved {
  /** The post's score now. */
  readonly score: number;
  /** The votes that were put, changed or taken back. */
  readonly moves: readonly Move[];
}

/**
 * Gives the users $2 the votes $3 on post $1, each in place of any earlier one, and adds the difference to the score. Whoever runs it
 * has locked the post: the votes on a post change one transaction after the other, and deleting it waits for its turn as well.
 * `ANY ($2)` says nothing new: it keeps the plan from reading all votes, of which there may be many more than the statistics know.
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
