import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessRule } from '../access/access-rule.ts';
import { UNTIL_EXPIRY } from '../revocation/token-revocations.ts';
import { aUser, TestIssuer } from '../testing/index.ts';
import { JwtStrategy } from '../token/jwt.strategy.ts';
import { Issuers } from '../issuer/issuers.ts';
import { TokenVerifier } from '../token/token-verifier.ts';
import { CallPolicy, Denial } from './call-policy.ts';

const rule = (path: string, more: Partial<AccessRule>): [string, AccessRule] => [
  path,
  { path, who: 'signedIn', anyRole: [], minReputation: 0, scopes: [], attributes: [], callers: ['gateway'], ...more },
];
const VOTE = '/acme.Posts/Vote';
const GET = '/acme.Posts/Get';
const RETRACT = '/acme.Posts/Retract';
const rules = new Map([
  rule('/Read', { who: 'anyone', isRead: true, isIdempotent: true }),
  rule('/Vote', { minReputation: 15 }),
  rule(VOTE, { minReputation: 15 }),
  rule(RETRACT, { isIdempotent: true }),
  rule('/Deliver', { who: 'service' }),
  rule(GET, { who: 'anyone', isRead: true, isIdempotent: true, callers: ['gateway', 'comment'] }),
]);
const transactionTokens = 'acme.example';
const member = aUser({ reputation: 15 });
const newcomer = aUser({ reputation: 14 });

let issuer: TestIssuer;
let policy: CallPolicy;
let bearer: Record<'member' | 'newcomer' | 'forged' | 'reading member' | 'voting member' | 'voting newcomer', string>;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  policy = new CallPolicy(
    rules,
    new TokenVerifier(
      new JwtStrategy(
        new Issuers({ url: issuer.url, keys: { jwksUri: new URL(issuer.url) }, transactionTokens }, { service: 'post' }),
        UNTIL_EXPIRY,
      ),
    ),
    { spiffeIdOf: (service) => `spiffe://acme.example/${service}` },
  );
  bearer = {
    member: `Bearer ${await issuer.tokenFor(member)}`,
    newcomer: `Bearer ${await issuer.tokenFor(newcomer)}`,
    forged: 'Bearer a.b.c',
    'reading member': `Bearer ${await issuer.transactionTokenFor(member, { trustDomain: transactionTokens })}`,
    'voting member': `Bearer ${await issuer.transactionTokenFor(member, { trustDomain: transactionTokens, path: VOTE })}`,
    'voting newcomer': `Bearer ${await issuer.transactionTokenFor(newcomer, { trustDomain: transactionTokens, path: VOTE })}`,
  };
});
afterAll(() => issuer.stop());

const call = (path: string, peer: string | undefined, authorization?: string) => ({ path, peer, authorization, deadline: Infinity });

describe('authorize', () => {
  it.each<[string, string | undefined, keyof typeof bearer | undefined, string]>([
    ['/Read', 'gateway', undefined, 'authorized for nobody'],
    ['/Read', 'gateway', 'member', 'authorized for the member'],
    ['/Read', 'gateway', 'forged', 'TOKEN_INVALID'],
    ['/Read', 'post', 'member', 'CALLER_NOT_ALLOWED'],
    ['/Read', undefined, 'member', 'CALLER_NOT_ALLOWED'],
    ['/Vote', 'gateway', undefined, 'TOKEN_MISSING'],
    ['/Vote', 'gateway', 'newcomer', 'REPUTATION_TOO_LOW'],
    ['/Vote', 'gateway', 'member', 'authorized for the member'],
    ['/Vote', 'post', 'forged', 'CALLER_NOT_ALLOWED'],
    ['/Read', 'gateway', 'reading member', 'authorized for the member'],
    ['/Read', 'gateway', 'voting member', 'TRANSACTION_MISMATCH'],
    [GET, 'gateway', 'reading member', 'authorized for the member'],
    [GET, 'comment', 'reading member', 'PRESENTER_MISMATCH'],
    [GET, 'comment', 'voting member', 'PRESENTER_MISMATCH'],
    [GET, 'comment', 'member', 'authorized for the member'],
    [VOTE, 'gateway', 'reading member', 'TRANSACTION_MISMATCH'],
    [VOTE, 'gateway', 'voting member', 'authorized for the member'],
    [VOTE, 'gateway', 'voting newcomer', 'REPUTATION_TOO_LOW'],
    [VOTE, 'post', 'voting member', 'CALLER_NOT_ALLOWED'],
    ['/Vote', 'gateway', 'voting member', 'TRANSACTION_MISMATCH'],
    ['/Deliver', 'gateway', 'reading member', 'authorized for nobody'],
    ['/Deliver', 'gateway', 'member', 'authorized for nobody'],
    ['/Deliver', 'post', undefined, 'CALLER_NOT_ALLOWED'],
    ['/NoRule', 'gateway', 'member', 'INTERNAL'],
  ])('%s, called by %s with the token of %s: %s', async (path, peer, token, expected) => {
    const decision = await policy.authorize(call(path, peer, token && bearer[token]));
    if (decision instanceof Denial) return expect(decision.error.reason).toBe(expected);
    expect(`authorized for ${decision.user?.id ?? 'nobody'}`).toBe(expected.replace('the member', member.id));
    expect(decision).toMatchObject({ peer, deadline: Infinity });
  });

  it('answers without a promise once the token is cached', async () => {
    await policy.authorize(call('/Vote', 'gateway', bearer.member));
    expect(policy.authorize(call('/Vote', 'gateway', bearer.member))).toMatchObject({ user: { id: member.id } });
  });
});

describe('a Transaction Token for one rpc', () => {
  const authorize = (token: string, path = VOTE) => policy.authorize(call(path, 'gateway', `Bearer ${token}`));
  const reasonOf = async (decided: ReturnType<typeof authorize>) => {
    const decision = await decided;
    return decision instanceof Denial ? decision.error.reason : 'authorized';
  };
  const reasonsOf = async (decisions: readonly ReturnType<typeof authorize>[]) => (await Promise.all(decisions.map(reasonOf))).toSorted();
  const tokenFor = (user: typeof member, path: string) => issuer.transactionTokenFor(user, { trustDomain: transactionTokens, path });
  const voteOf = (user: typeof member) => tokenFor(user, VOTE);

  it('calls it once, however many calls arrive at once', async () => {
    const token = await voteOf(member);
    const votes = await reasonsOf(Array.from({ length: 5 }, () => authorize(token)));
    expect(votes).toEqual([...Array.from({ length: 4 }, () => 'TRANSACTION_USED'), 'authorized']);
    expect(await reasonsOf([authorize(token)])).toEqual(['TRANSACTION_USED']);
    expect(await reasonsOf([authorize(await voteOf(member))])).toEqual(['authorized']);
  });

  it('calls it again if the rpc is idempotent, and calls no other one', async () => {
    const token = await tokenFor(member, RETRACT);
    expect(await reasonsOf([authorize(token, RETRACT), authorize(token, RETRACT)])).toEqual(['authorized', 'authorized']);
    expect(await reasonsOf([authorize(token, RETRACT), authorize(token)])).toEqual(['TRANSACTION_MISMATCH', 'authorized']);
    expect(await reasonsOf([authorize(await voteOf(member), RETRACT)])).toEqual(['TRANSACTION_MISMATCH']);
  });

  it('is not used up by a refusal', async () => {
    const token = await voteOf(newcomer);
    expect(await reasonsOf([authorize(token), authorize(token)])).toEqual(['REPUTATION_TOO_LOW', 'REPUTATION_TOO_LOW']);
  });
});

describe('a replacement', () => {
  const tokenFor = (tctx: object) =>
    issuer.transactionTokenFor(
      member,
      { trustDomain: transactionTokens, workload: 'comment' },
      { tctx: { action: 'read', roles: [], reputation: 15, ...tctx } },
    );
  const reasonOf = async (path: string, peer: string, token: string, by = policy) => {
    const decision = await by.authorize(call(path, peer, `Bearer ${token}`));
    return decision instanceof Denial ? decision.error.reason : 'authorized';
  };

  it('is for the service that requested it and for its rpc, as often as it likes', async () => {
    const token = await tokenFor({ rpc: GET.slice(1) });
    expect(await reasonOf(GET, 'comment', token)).toBe('authorized');
    expect(await reasonOf(GET, 'comment', token)).toBe('authorized');
    expect(await reasonOf(GET, 'gateway', token)).toBe('PRESENTER_MISMATCH');
    const fromAnyone = { callers: ['gateway', 'comment'] };
    const open = new CallPolicy(
      new Map([rule('/Read', { isRead: true, ...fromAnyone }), rule(GET, { isRead: true, ...fromAnyone }), rule(VOTE, fromAnyone)]),
      policy.tokens,
      { spiffeIdOf: (service) => `spiffe://acme.example/${service}` },
    );
    expect(await reasonOf('/Read', 'comment', token, open)).toBe('TRANSACTION_MISMATCH');
    expect(await reasonOf(VOTE, 'comment', await tokenFor({ rpc: VOTE.slice(1) }), open)).toBe('TRANSACTION_MISMATCH');
  });

  it.each([
    ['without SPIFFE IDs', { spiffeIdOf: () => undefined }],
    ['without services', undefined],
  ])('is refused where peers are %s', async (_name, peers) => {
    const closed = new CallPolicy(new Map([rule(GET, { isRead: true, anyPeer: true })]), policy.tokens, peers);
    expect(await reasonOf(GET, 'comment', await tokenFor({}), closed)).toBe('PRESENTER_MISMATCH');
  });
});

describe('a refusal', () => {
  it('has the id of the transaction for the log', async () => {
    const token = await issuer.transactionTokenFor(member, { trustDomain: transactionTokens }, { txn: 'tx-7' });
    expect(await policy.authorize(call(VOTE, 'gateway', `Bearer ${token}`))).toMatchObject({ details: { user: member.id, txn: 'tx-7' } });
  });
});

describe('recheck', () => {
  it('ends a stream whose certificate no longer names the peer, or whose token has expired', async () => {
    const context = await policy.authorize(call('/Vote', 'gateway', bearer.member));
    if (context instanceof Denial || !context.token) throw new Error('The call was refused.');
    expect(policy.recheck(call('/Vote', 'gateway'), context)).toBeUndefined();
    expect(policy.recheck(call('/Vote', undefined), context)?.reason).toBe('CALLER_NOT_ALLOWED');
    expect(policy.recheck(call('/Vote', 'gateway'), { ...context, token: { ...context.token, expiresAt: 1 } })?.reason).toBe(
      'TOKEN_EXPIRED',
    );
  });
});
