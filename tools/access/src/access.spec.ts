import { describe, expect, it } from '@jest/globals';
import { UsageError } from '@reputable/cli';
import { readFiles, rpcsOf } from '@reputable/proto';
import { resolve } from 'node:path';
import { answer } from './answer.ts';
import { type Question, whoIs } from './question.ts';
import { verdictsFor } from './verdict.ts';

const rpcs = rpcsOf(readFiles(resolve(import.meta.dirname, '../../..')));

/** The verdict for one rpc. */
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
    ['UpvotePost', { reputation: '15', scope: ['posts:write'] }, { allowed: false, reason: 'SCOPE_MISSING' }],
    ['UpvotePost', { reputation: '15', scope: ['votes:write'] }, { allowed: true }],
    ['RevokeUser', { service: 'user', 'signed-out': true }, { allowed: true }],
  ])('%s for %j', (rpc, question, expected) => {
    expect(verdict(rpc, question)).toMatchObject(expected);
  });

  it('is printed in lines', () => {
    const who = whoIs({ reputation: '14' });
    const told = answer(who, verdictsFor(who, rpcs));
    expect(told).toMatch(/^A user with no role, 14 reputation, through gateway, may:\n/);
    expect(told).toMatch(/\n {2}UpvotePost +no {3}REPUTATION_TOO_LOW: This needs 15 reputation; you have 14\.\n/);
    expect(told).toMatch(/\n {2}DeletePost +yes, if the row allows: its author, or a moderator\n/);
  });

  it.each([
    [{ role: ['king'] }, /^Unknown role KING\. The roles are member, /],
    [{ reputation: '-1' }, 'Invalid reputation -1. It is a whole number from 1.'],
    [{ reputation: '0' }, 'Invalid reputation 0. It is a whole number from 1.'],
    [{ service: 'billing' }, /^Unknown service billing\. The services are gateway, /],
  ])('refuses %j', (question, message) => {
    expect(() => whoIs(question)).toThrow(UsageError);
    expect(() => whoIs(question)).toThrow(message);
  });
});
