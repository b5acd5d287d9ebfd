import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Issuers, JwtStrategy, TokenRevocations, TokenVerifier } from '@reputable/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { denied } from '@reputable/testing';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { KeyObject, randomUUID } from 'node:crypto';
import type { KeyRing } from '../key/key-ring.ts';
import { IssuedTokens } from './issued-tokens.ts';
import { TransactionTokens } from './transaction-tokens.ts';

const ISSUER = 'http://localhost:3001';
const VOTE = 'reputable.post.v1.PostService/UpvotePost';
const GET_USER = 'reputable.user.v1.UserService/GetUser';
const HASH = 'A'.repeat(43);

const now = () => Math.floor(Date.now() / 1000);

let revocations: TokenRevocations;
let tokenOf: (claims?: object) => Promise<string>;
let startReplica: () => { readonly tokens: TransactionTokens; readonly verifications: () => number; readonly replaceKeys: () => void };

beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
  revocations = new TokenRevocations();
  revocations.apply([]);
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' };
  const signer = { kid: 'a', privateKey, keyObject: KeyObject.from(privateKey) };
  tokenOf = (claims) =>
    new SignJWT({
      ...{
        client_id: 'first-party',
        sid: randomUUID(),
        scope: 'profile:read votes:write posts:read',
        roles: ['MODERATOR'],
        reputation: 42,
        rev: 7,
      },
      ...{ claims_age: 3, auth_time: now() - 60, amr: ['pwd'], act: { sub: 'gateway' }, ...claims },
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'a' })
      .setIssuer(ISSUER)
      .setSubject(randomUUID())
      .setAudience(['gateway', 'auth'])
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('2 minutes')
      .sign(privateKey);
  startReplica = () => {
    const issuers = new Issuers({ url: ISSUER, keys: { jwks: { keys: [jwk] } }, transactionTokens: TRUST_DOMAIN }, { service: 'auth' });
    const verifier = new TokenVerifier(new JwtStrategy(issuers, revocations));
    const verify = jest.spyOn(verifier, 'verify');
    const listeners: (() => void)[] = [];
    const keys = { signer, onChange: (listener: () => void) => void listeners.push(listener) };
    return {
      tokens: new TransactionTokens(ISSUER, TRUST_DOMAIN, keys as unknown as KeyRing, verifier),
      verifications: () => verify.mock.calls.length,
      replaceKeys: () => {
        for (const tell of listeners) tell();
      },
    };
  };
});
afterEach(() => {
  jest.restoreAllMocks();
  revocations.close();
});

const details = (subjectToken: string) => ({ subjectToken, audience: TRUST_DOMAIN, requestSha256: HASH, binds: undefined });

const vote = async (tokens: TransactionTokens, jwt: string, binds?: Record<string, string>) =>
  (await tokens.issue({ ...details(jwt), rpc: VOTE, scope: ['profile:read', 'votes:write'], binds }, 'gateway')).token;

const replace = async (tokens: TransactionTokens, token: string, workload = 'post', rpc = GET_USER) =>
  (await tokens.issue({ ...details(token), rpc, scope: ['profile:read'] }, workload)).token;

describe('the replacement of a token that the replica has issued', () => {
  it('needs no verification of it, and has the same claims as that of another replica, which verifies it', async () => {
    const [one, other] = [startReplica(), startReplica()];
    for (const claims of [{}, { claims_age: undefined, auth_time: undefined, amr: undefined, rev: undefined, roles: [] }]) {
      const issued = await vote(one.tokens, await tokenOf(claims), { post_id: '1' });
      const before = [one.verifications(), other.verifications()];
      const tokens = [await replace(one.tokens, issued), await replace(other.tokens, issued)];
      expect([one.verifications(), other.verifications()]).toEqual([before[0], (before[1] ?? 0) + 1]);
      const [own, others] = tokens.map((token) => decodeJwt(token));
      expect({ ...own, iat: 0, exp: 0 }).toEqual({ ...others, iat: 0, exp: 0 });
      // The replacement of the replacement, too.
      const again = [await replace(one.tokens, tokens[0] ?? '', 'user'), await replace(other.tokens, tokens[0] ?? '', 'user')];
      const [ownAgain, othersAgain] = again.map((token) => decodeJwt(token));
      expect({ ...ownAgain, iat: 0, exp: 0 }).toEqual({ ...othersAgain, iat: 0, exp: 0 });
      expect(ownAgain?.['rctx']).toMatchObject({ call_chain: ['gateway', 'post'].map((name) => `spiffe://${TRUST_DOMAIN}/${name}`) });
    }
  });

  it('is refused for any other text, even with the same signature', async () => {
    const { tokens } = startReplica();
    const issued = await vote(tokens, await tokenOf());
    const [header = '', payload = '', signature = ''] = issued.split('.');
    const changed = Buffer.from(JSON.stringify({ ...decodeJwt(issued), scope: 'profile:read posts:write' })).toString('base64url');
    for (const text of [`${issued}=`, `${issued} `, `${header}.${changed}.${signature}`, `${header}.${payload}.`, `Bearer ${issued}`])
      await expect(replace(tokens, text)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('is refused after a revocation of the session or the user, and after the expiry', async () => {
    const { tokens } = startReplica();
    const issued = async () => vote(tokens, await tokenOf());
    const [ofSession, ofUser, other] = [await issued(), await issued(), await issued()];
    const until = { issuedBefore: Date.now() + 1_000, expiresAt: Date.now() + 300_000, number: 8 };
    revocations.apply([
      { subject: 'session', id: decodeJwt<{ rctx: { sid: string } }>(ofSession).rctx.sid, ...until },
      { subject: 'user', id: decodeJwt(ofUser).sub ?? '', ...until },
    ]);
    for (const token of [ofSession, ofUser]) await expect(replace(tokens, token)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    await replace(tokens, other);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 15_000);
    await expect(replace(tokens, other)).rejects.toMatchObject(denied('TOKEN_EXPIRED'));
  });

  it('needs a verification after a change of the keys, because the key of the token may be revoked', async () => {
    const { tokens, verifications, replaceKeys } = startReplica();
    const issued = await vote(tokens, await tokenOf());
    replaceKeys();
    const before = verifications();
    await replace(tokens, issued);
    expect(verifications()).toBe(before + 1);
  });

  it('has no scope that the token does not have, even if its JWT has it', async () => {
    const { tokens } = startReplica();
    const issued = await vote(tokens, await tokenOf());
    const wider = tokens.issue({ ...details(issued), rpc: GET_USER, scope: ['profile:read', 'posts:read'] }, 'post');
    await expect(wider).rejects.toMatchObject(denied('INVALID_FIELD'));
  });

  it('is for the service that the token is for alone', async () => {
    const { tokens } = startReplica();
    const issued = await vote(tokens, await tokenOf());
    for (const workload of ['comment', 'gateway'])
      await expect(replace(tokens, issued, workload)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });
});

it('the memory is bounded', () => {
  const issued = new IssuedTokens({ onChange: () => undefined });
  const texts = Array.from({ length: 5_000 }, (_, index) => `Bearer ${String(index)}`);
  for (const authorization of texts) issued.add({ authorization } as Parameters<IssuedTokens['add']>[0]);
  expect(texts.filter((text) => issued.find(text))).toHaveLength(2_000);
});
