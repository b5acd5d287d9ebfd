import { describe, expect, it } from '@jest/globals';
import type { AccessRule } from './access-rule.ts';
import { AuthenticatedUser } from './authenticated-user.ts';
import { refusePeer, refusePresenter, refuseTransaction, refuseUser } from './decide.ts';
import type { Transaction } from './transaction.ts';

const rule = (more: Partial<AccessRule> = {}): AccessRule => ({
  path: '/reputable.post.v1.PostService/UpvotePost',
  who: 'signedIn',
  anyRole: [],
  minReputation: 0,
  scopes: [],
  attributes: [],
  callers: ['gateway'],
  ...more,
});
const aUser = (more: Partial<AuthenticatedUser> = {}) =>
  new AuthenticatedUser({ id: 'u', roles: [], reputation: 1, scopes: [], sessionId: 's', clientId: 'c', ...more });

const atLeast = (min: number) => ({ name: 'level', min, anyOf: [] });
const oneOf = (...anyOf: string[]) => ({ name: 'team', anyOf });

describe('refuseUser', () => {
  it.each<[string, Partial<AccessRule>, AuthenticatedUser | undefined, string | undefined]>([
    ['anyone, nobody signed in', { who: 'anyone' }, undefined, undefined],
    ['anyone, a user', { who: 'anyone' }, aUser(), undefined],
    ['a service, nobody signed in', { who: 'service' }, undefined, undefined],
    ['signed in, nobody', {}, undefined, 'TOKEN_MISSING'],
    ['signed in, a user', {}, aUser(), undefined],
    ['claims that are not fresh', { freshClaims: true, anyRole: ['ADMIN'] }, aUser({ claimsAgeS: 0 }), 'CLAIMS_TOO_OLD'],
    ['fresh claims', { freshClaims: true }, aUser(), undefined],
    ['claims of any age', {}, aUser({ claimsAgeS: 600 }), undefined],
    ['reputation one short', { minReputation: 15 }, aUser({ reputation: 14 }), 'REPUTATION_TOO_LOW'],
    ['reputation exact', { minReputation: 15 }, aUser({ reputation: 15 }), undefined],
    ['no role', { anyRole: ['ADMIN'] }, aUser(), 'ROLE_MISSING'],
    ['another role', { anyRole: ['ADMIN'] }, aUser({ roles: ['MODERATOR'] }), 'ROLE_MISSING'],
    ['a role by a part of its name', { anyRole: ['ADMIN'] }, aUser({ roles: ['ADMINISTRATOR', 'admin'] }), 'ROLE_MISSING'],
    ['one of the roles', { anyRole: ['ADMIN', 'MODERATOR'] }, aUser({ roles: ['MODERATOR'] }), undefined],
    [
      'a role does not stand in for reputation',
      { anyRole: ['ADMIN'], minReputation: 15 },
      aUser({ roles: ['ADMIN'] }),
      'REPUTATION_TOO_LOW',
    ],
    ['one scope of two', { scopes: ['read', 'write'] }, aUser({ scopes: ['read'] }), 'SCOPE_MISSING'],
    ['an attribute just below', { attributes: [atLeast(3)] }, aUser({ attributes: { level: 2.9 } }), 'ATTRIBUTE_INSUFFICIENT'],
    ['an attribute exact', { attributes: [atLeast(3)] }, aUser({ attributes: { level: 3 } }), undefined],
    ['no attribute', { attributes: [atLeast(0)] }, aUser(), 'ATTRIBUTE_INSUFFICIENT'],
    ['an attribute of the prototype', { attributes: [{ ...atLeast(0), name: 'constructor' }] }, aUser(), 'ATTRIBUTE_INSUFFICIENT'],
    ['an attribute that is no number', { attributes: [atLeast(3)] }, aUser({ attributes: { level: ['3'] } }), 'ATTRIBUTE_INSUFFICIENT'],
    ['an attribute that is NaN', { attributes: [atLeast(3)] }, aUser({ attributes: { level: NaN } }), 'ATTRIBUTE_INSUFFICIENT'],
    ['none of the texts', { attributes: [oneOf('a', 'b')] }, aUser({ attributes: { team: ['ab'] } }), 'ATTRIBUTE_INSUFFICIENT'],
    ['one of the texts', { attributes: [oneOf('a', 'b')] }, aUser({ attributes: { team: ['c', 'b'] } }), undefined],
    ['a number for texts', { attributes: [oneOf('3')] }, aUser({ attributes: { team: 3 } }), 'ATTRIBUTE_INSUFFICIENT'],
    ['one condition of two', { attributes: [atLeast(3), oneOf('a')] }, aUser({ attributes: { level: 3 } }), 'ATTRIBUTE_INSUFFICIENT'],
    ['both scopes', { scopes: ['read', 'write'] }, aUser({ scopes: ['write', 'read'] }), undefined],
  ])('%s', (_name, more, who, reason) => {
    expect(refuseUser(rule(more), who)?.reason).toBe(reason);
  });

  it('names the attribute', () => {
    expect(refuseUser(rule({ attributes: [oneOf('a', 'b')] }), aUser({ attributes: { team: ['c'] } }))).toMatchObject({
      message: 'This needs team a or b; you have c.',
      metadata: { attribute: 'team', required: 'a or b', actual: 'c' },
    });
    expect(refuseUser(rule({ attributes: [atLeast(3)] }), aUser())?.message).toBe('This needs level at least 3; you have none.');
  });

  it('names the age of claims that are too old', () => {
    expect(refuseUser(rule({ freshClaims: true }), aUser({ claimsAgeS: 40 }))).toMatchObject({ code: 14, metadata: { age: '40' } });
  });

  it('names the missing role, reputation or scope', () => {
    expect(refuseUser(rule({ minReputation: 2000 }), aUser({ reputation: 40 }))).toMatchObject({
      message: 'This needs 2,000 reputation; you have 40.',
      metadata: { required: '2000', actual: '40' },
    });
  });
});

describe('refusePeer', () => {
  it.each([
    ['gateway', undefined],
    ['post', 'CALLER_NOT_ALLOWED'],
    ['gateway2', 'CALLER_NOT_ALLOWED'],
    ['', 'CALLER_NOT_ALLOWED'],
    [undefined, 'CALLER_NOT_ALLOWED'],
  ])('%s', (service, reason) => {
    expect(refusePeer(rule(), service)?.reason).toBe(reason);
  });

  it('names the rpc, the peer and the allowed callers', () => {
    expect(refusePeer(rule({ callers: ['gateway', 'comment'] }), 'post')?.message).toBe(
      'reputable.post.v1.PostService/UpvotePost may be called by gateway, comment; this call comes from post.',
    );
  });
});

const workload = 'spiffe://acme.example/gateway';
const transaction = { id: 'tx', workload, callChain: [], action: 'read' } as const;

describe('refusePresenter', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['the workload that requested the token', workload, undefined],
    ['another one', 'spiffe://acme.example/comment', 'PRESENTER_MISMATCH'],
    ['one of the same name in another trust domain', 'spiffe://evil.example/gateway', 'PRESENTER_MISMATCH'],
    ['one with a longer name', `${workload}2`, 'PRESENTER_MISMATCH'],
    ['an unidentified peer', undefined, 'PRESENTER_MISMATCH'],
  ])('%s', (_name, peer, reason) => {
    expect(refusePresenter(transaction, peer)?.reason).toBe(reason);
  });
});

describe('refuseTransaction', () => {
  const { path } = rule();
  const refused = 'TRANSACTION_MISMATCH';

  it.each<[string, Partial<AccessRule>, Partial<Transaction>, string | undefined]>([
    ['reads, an rpc that only reads', { isRead: true }, {}, undefined],
    ['reads by one rpc, this rpc', { isRead: true }, { path }, undefined],
    ['reads by one rpc, another rpc that only reads', { isRead: true, path: '/reputable.post.v1.PostService/GetPost' }, { path }, refused],
    ['reads by one rpc, this rpc if it has side effects', {}, { path }, refused],
    ['a write, its rpc', {}, { path, action: 'write' }, undefined],
    [
      'a write, an rpc that only reads',
      { isRead: true, path: '/reputable.post.v1.PostService/GetPost' },
      { path, action: 'write' },
      refused,
    ],
    ['reads, an rpc with side effects', {}, {}, refused],
    ['reads, an idempotent write', { isIdempotent: true }, {}, refused],
    ['reads, an rpc with side effects that anyone may call', { who: 'anyone' }, {}, refused],
    ['a write, another rpc', { path: '/reputable.post.v1.PostService/DeletePost' }, { path, action: 'write' }, refused],
    ['a write, an rpc with a longer name', { path: `${path}s` }, { path, action: 'write' }, refused],
  ])('a token for %s', (_name, more, of, reason) => {
    expect(refuseTransaction(rule(more), { ...transaction, ...of })?.reason).toBe(reason);
  });

  it.each<[string, AccessRule['binds'], string | undefined]>([
    ['an rpc that names them', [{ name: 'post_id', field: 'id' }], undefined],
    [
      'an rpc that names other rows, too',
      [
        { name: 'user_id', field: 'author' },
        { name: 'post_id', field: 'id' },
      ],
      undefined,
    ],
    ['an rpc that names other rows', [{ name: 'user_id', field: 'author' }], refused],
    ['an rpc that names no rows', undefined, refused],
  ])('a token for rows of this service, %s', (_name, binds, reason) => {
    const of = { ...transaction, binds: { post_id: '1', order_id: '2' } };
    const binding = rule({ isRead: true, ...(binds && { binds }) });
    expect(refuseTransaction(binding, of, new Set(['post_id', 'user_id']))?.reason).toBe(reason);
    expect(refuseTransaction(binding, of, new Set(['user_id']))).toBeUndefined();
  });
});
