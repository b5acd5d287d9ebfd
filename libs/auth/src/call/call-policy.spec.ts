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
const rules = new Map([rule('/Read', { who: 'anyone' }), rule('/Vote', { minReputation: 15 }), rule('/Deliver', { who: 'service' })]);
const member = aUser({ reputation: 15 });
const newcomer = aUser({ reputation: 14 });

let issuer: TestIssuer;
let policy: CallPolicy;
let bearer: Record<'member' | 'newcomer' | 'forged', string>;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  policy = new CallPolicy(
    rules,
    new TokenVerifier(
      new JwtStrategy(new Issuers({ url: issuer.url, keys: { jwksUri: new URL(issuer.url) } }, { service: 'post' }), UNTIL_EXPIRY),
    ),
  );
  bearer = {
    member: `Bearer ${await issuer.tokenFor(member)}`,
    newcomer: `Bearer ${await issuer.tokenFor(newcomer)}`,
    forged: 'Bearer a.b.c',
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
