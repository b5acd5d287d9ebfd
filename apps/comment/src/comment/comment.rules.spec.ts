import { describe, expect, it } from '@jest/globals';
import { AuthenticatedUser } from '@reputable/auth';
import { mayComment, mayDelete, mayUpdate, mayVote } from './comment.rules.ts';

const ofAda = { authorId: 'ada' };
const user = (id: string, reputation = 1, ...roles: string[]) =>
  new AuthenticatedUser({ id, reputation, roles, scopes: [], sessionId: '', clientId: '' });

describe('commenting on a post', () => {
  it.each([
    ['its author', user('ada'), true],
    ['a newcomer', user('bob'), false],
    ['a moderator with 1 reputation', user('bob', 1, 'MODERATOR'), false],
    ['a member with 49 reputation', user('bob', 49), false],
    ['a member with 50 reputation', user('bob', 50), true],
  ])('%s', (_who, by, may) => {
    expect(mayComment(by, ofAda)).toBe(may);
  });
});

describe('changing, deleting and voting on a comment', () => {
  it.each([
    { who: 'its author', by: user('ada'), update: true, remove: true, vote: false },
    { who: 'a member with 5,000 reputation', by: user('bob', 5_000), update: false, remove: false, vote: true },
    { who: 'a moderator', by: user('bob', 1, 'MODERATOR'), update: false, remove: true, vote: true },
    { who: 'an admin', by: user('bob', 1, 'ADMIN'), update: false, remove: false, vote: true },
  ])('$who: update $update, delete $remove, vote $vote', ({ by, update, remove, vote }) => {
    expect([mayUpdate(by, ofAda), mayDelete(by, ofAda), mayVote(by, ofAda)]).toEqual([update, remove, vote]);
  });
});
