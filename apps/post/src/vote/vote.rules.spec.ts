import { describe, expect, it } from '@jest/globals';
import { consequences, type Stance } from './vote.rules.ts';

const up = { kind: 'POST_UPVOTED', whose: 'author', undone: false };
const down = { kind: 'POST_DOWNVOTED', whose: 'author', undone: false };
const cast = { kind: 'DOWNVOTE_CAST', whose: 'voter', undone: false };
const undo = (consequence: object) => ({ ...consequence, undone: true });

describe('the consequences of a vote', () => {
  it.each<[Stance, Stance, object[]]>([
    [0, 0, []],
    [1, 1, []],
    [-1, -1, []],
    [0, 1, [up]],
    [0, -1, [down, cast]],
    [1, 0, [undo(up)]],
    [-1, 0, [undo(down), undo(cast)]],
    [1, -1, [undo(up), down, cast]],
    [-1, 1, [undo(down), undo(cast), up]],
  ])('%i to %i', (before, after, follows) => {
    expect(consequences(before, after)).toEqual(follows);
  });
});
