import { describe, expect, it } from '@jest/globals';
import { AuthenticatedUser } from '@reputable/auth';
import { mayDelete, mayEdit, mayVote } from './post.rules.ts';

const post = { authorId: 'ada' };
const user = (id: string, reputation = 1, ...roles: string[]) =>
  new AuthenticatedUser({ id, reputation, roles, scopes: [], sessionId: '', clientId: '' });

describe('editing, deleting and voting on a post', () => {
  it.each([
    { who: 'its author', by: user('ada'), edit: true, remove: true, vote: false },
    { who: 'its author, a moderator', by: user('ada', 1, 'MODERATOR'), edit: true, remove: true, vote: false },
    { who: 'a newcomer', by: user('bob'), edit: false, remove: false, vote: true },
    { who: 'a member with 1,999 reputation', by: user('bob', 1_999), edit: false, remove: false, vote: true },
    { who: 'a member with 2,000 reputation', by: user('bob', 2_000), edit: true, remove: false, vote: true },
    { who: 'a moderator', by: user('bob', 1, 'MODERATOR'), edit: true, remove: true, vote: true },
    { who: 'an admin', by: user('bob', 1, 'ADMIN'), edit: false, remove: false, vote: true },
  ])('$who: edit $edit, delete $remove, vote $vote', ({ by, edit, remove, vote }) => {
    expect([mayEdit(by, post), mayDelete(by, post), mayVote(by, post)]).toEqual([edit, remove, vote]);
  });
});
