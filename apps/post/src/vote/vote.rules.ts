import type { ReputationKind } from '@reputable/contracts/user/v1/user';
import type { Vote } from '../post/vote.entity.ts';

/** A vote, or 0 where there is none. */
export type Stance = Vote['value'] | 0;

/** What a vote does to somebody's reputation. */
export interface Consequence {
  readonly kind: keyof typeof ReputationKind;
  /** Whose reputation: that of the post's author, or of who votes. */
  readonly whose: 'author' | 'voter';
  /** Whether it takes back what an earlier vote did. */
  readonly undone: boolean;
}

const CONSEQUENCES = {
  [1]: [{ kind: 'POST_UPVOTED', whose: 'author' }],
  [0]: [],
  [-1]: [
    { kind: 'POST_DOWNVOTED', whose: 'author' },
    { kind: 'DOWNVOTE_CAST', whose: 'voter' },
  ],
} as const;

/** What follows when a user who thought `before` of a post thinks `after`: the old vote's consequences are undone, the new one's are added. */
export function consequences(before: Stance, after: Stance): Consequence[] {
  if (before === after) return [];
  const undone = CONSEQUENCES[before].map((consequence) => ({ ...consequence, undone: true }));
  const done = CONSEQUENCES[after].map((consequence) => ({ ...consequence, undone: false }));
  return [...undone, ...done];
}
