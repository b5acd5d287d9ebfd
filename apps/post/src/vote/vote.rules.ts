import type { ReputationKind } from '@reputable/contracts/user/v1/user';
import type { Vote } from '../post/vote.entity.ts';

/** A vote; 0 for none. */
export type Stance = Vote['value'] | 0;

/** The effect of a vote on a user's reputation. */
export interface Consequence {
  readonly kind: keyof typeof ReputationKind;
  /** The user whose reputation changes: the post's author or the voter. */
  readonly whose: 'author' | 'voter';
  /** Whether it undoes the effect of an earlier vote. */
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

/** The consequences of a change from the vote `before` to the vote `after`: undoes those of the old vote and adds those of the new one. */
export function consequences(before: Stance, after: Stance): Consequence[] {
  if (before === after) return [];
  const undone = CONSEQUENCES[before].map((consequence) => ({ ...consequence, undone: true }));
  const done = CONSEQUENCES[after].map((consequence) => ({ ...consequence, undone: false }));
  return [...undone, ...done];
}
