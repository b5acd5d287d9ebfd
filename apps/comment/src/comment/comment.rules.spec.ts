import { describe, expect, it } from '@jest/globals';
import { Caller } from '@reputable/auth';
import { mayComment, mayDelete, mayUpdate, mayVote } from './comment.rules.ts';

const ofAda = { authorId: 'ada' };
const caller = (id: string, reputation = 1, ...roles: string[]) =>
  new Caller({ id, reputation, roles, scopes: [], sessionId: '', clientId: '' });

describe('commenting on a post', () => {
  it.each([
    ['its author', caller('ada'), true],
    ['a newcomer', caller('bob'), false],
    ['a moderator with 1 reputation', caller('bob', 1, 'MODERATOR'), false],
    ['a member with 49 reputation', caller('bob', 49), false],
    ['a member with 50 reputation', caller('bob', 50), true],
  ])('%s', (_who, by, may) => {
    expect(mayComment(by, ofAda)).toBe(may);
  });
});

describe('what may be done with a comment', () => {
  it.each([
    { who: 'its author', by: caller('ada'), update: true, remove: true, vote: false },
    { who: 'a member with 5,000 reputation', by: caller('bob', 5_000), update: false, remove: false, vote: true },
    { who: 'a moderator', by: caller('bob', 1, 'MODERATOR'), update: false, remove: true, vote: true },
    { who: 'an admin', by: caller('bob', 1, 'ADMIN'), update: false, remove: false, vote: true },
  ])('$who: update $update, delete $remove, vote $vote', ({ by, update, remove, vote }) => {
    expect([mayUpdate(by, ofAda), mayDelete(by, ofAda), mayVote(by, ofAda)]).toEqual([update, remove, vote]);
  });
});
