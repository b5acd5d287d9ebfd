import { describe, expect, it } from '@jest/globals';
import { UsageError } from '@reputable/cli';
import { readFiles, rpcsOf } from '@reputable/proto';
import { resolve } from 'node:path';
import { answer } from './answer.ts';
import { type Question, whoIs } from './question.ts';
import { verdictsFor } from './verdict.ts';

const rpcs = rpcsOf(readFiles(resolve(import.meta.dirname, '../../..')));

/** What such a caller hears of an rpc of the post, the user or the auth service. */
const verdict = (rpc: string, question: Question) => verdictsFor(whoIs(question), rpcs).find((it) => it.rpc === rpc);

describe('what a caller may do', () => {
  it.each([
    ['UpvotePost', { reputation: '14' }, { allowed: false, reason: 'REPUTATION_TOO_LOW', metadata: { required: '15', actual: '14' } }],
    ['UpvotePost', { reputation: '15' }, { allowed: true, row: "not the user's own post" }],
    ['UpvotePost', { 'signed-out': true }, { allowed: false, reason: 'TOKEN_MISSING' }],
    ['GetPost', { 'signed-out': true }, { allowed: true }],
    ['GrantRole', { role: ['moderator'] }, { allowed: false, reason: 'ROLE_MISSING' }],
    ['GrantRole', { role: ['Admin', 'member'] }, { allowed: true }],
    ['UpvotePost', { reputation: '15', service: 'comment' }, { allowed: false, reason: 'CALLER_NOT_ALLOWED' }],
    ['RevokeUser', { service: 'user', 'signed-out': true }, { allowed: true }],
  ])('%s for %j', (rpc, question, expected) => {
    expect(verdict(rpc, question)).toMatchObject(expected);
  });

  it('is told in lines', () => {
    const who = whoIs({ reputation: '14' });
    const told = answer(who, verdictsFor(who, rpcs));
    expect(told).toMatch(/^Somebody with no role, 14 reputation, through gateway, may:\n/);
    expect(told).toMatch(/\n {2}UpvotePost +no {3}REPUTATION_TOO_LOW: This needs 15 reputation; you have 14\.\n/);
    expect(told).toMatch(/\n {2}DeletePost +yes, if the row allows: its author, or a moderator\n/);
  });

  it.each([
    [{ role: ['king'] }, /^There is no role KING: member, /],
    [{ reputation: '-1' }, '-1 is no reputation: a whole number from 1.'],
    [{ reputation: '0' }, '0 is no reputation: a whole number from 1.'],
    [{ service: 'billing' }, /^There is no service billing: gateway, /],
  ])('is not asked of %j', (question, message) => {
    expect(() => whoIs(question)).toThrow(UsageError);
    expect(() => whoIs(question)).toThrow(message);
  });
});
