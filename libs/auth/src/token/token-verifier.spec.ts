import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Code } from '@reputable/errors';
import { exportJWK, exportSPKI, type JWK, SignJWT } from 'jose';
import { createHmac, randomBytes, sign as signBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aUser, TestIssuer } from '../testing/index.ts';
import { UNTIL_EXPIRY } from '../revocation/token-revocations.ts';
import { MAX_LEAD_S } from '../issuer/issuer-clocks.ts';
import { CLOCK_SKEW_S, MAX_LIFETIME_S } from '../issuer/issuer-options.ts';
import { Issuers } from '../issuer/issuers.ts';
import { JwtStrategy } from './jwt.strategy.ts';
import type { TokenRefusal } from './token-refusal.ts';
import { TokenVerifier } from './token-verifier.ts';

const user = aUser({ reputation: 120, roles: ['MODERATOR'] });
const now = () => Math.floor(Date.now() / 1000);
const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

let issuer: TestIssuer;
let verifier: TokenVerifier;

const verifierFor = (jwksUri: string, iss = issuer.url) =>
  new TokenVerifier(new JwtStrategy(new Issuers({ url: iss, keys: { jwksUri: new URL(jwksUri) } }, { service: 'post' }), UNTIL_EXPIRY));

const bearer = async (...args: Parameters<TestIssuer['tokenFor']>) => `Bearer ${await issuer.tokenFor(...args)}`;

/** The reason a token is refused for, or 'ACCEPTED'. */
const outcome = (token: string, by = verifier) =>
  by.verify(`Bearer ${token}`).then(
    () => 'ACCEPTED',
    (error: unknown) => (error as TokenRefusal).error.reason,
  );

beforeAll(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  issuer = await TestIssuer.start();
  verifier = verifierFor(issuer.url);
});
afterAll(async () => {
  await issuer.stop();
  jest.restoreAllMocks();
});

describe('an access token', () => {
  it('carries a user with roles, reputation and a session', async () => {
    const sid = '0193e4a1-0000-7000-8000-000000000001';
    const { user: verified, expiresAt } = await verifier.verify(await bearer(user, { sid, scope: 'read write', client_id: 'web' }));
    expect(verified).toMatchObject({ ...user, sessionId: sid, scopes: ['read', 'write'], clientId: 'web' });
    expect(expiresAt).toBeGreaterThan(now());
  });

  it('carries the actor, if there is one', async () => {
    const actorIn = async (claims: object) => (await verifier.verify(await bearer(user, { ...claims }))).user.actor;
    expect(await actorIn({})).toBeUndefined();
    expect(await actorIn({ act: { sub: 'gateway' } })).toBe('gateway');
    expect(await actorIn({ act: { sub: 'gateway', act: { sub: 'partner' } } })).toBe('gateway');
  });

  it('carries when and how the user logged in, if there was a log-in', async () => {
    const logInOf = async (claims: object) => {
      const { authenticatedAt, authenticationMethods } = (await verifier.verify(await bearer(user, { ...claims }))).user;
      return { authenticatedAt, authenticationMethods };
    };
    expect(await logInOf({})).toEqual({ authenticatedAt: undefined, authenticationMethods: [] });
    const at = now() - 600;
    expect(await logInOf({ auth_time: at })).toEqual({ authenticatedAt: new Date(at * 1000), authenticationMethods: [] });
    expect(await logInOf({ auth_time: at, amr: ['pwd', 'otp'] })).toMatchObject({ authenticationMethods: ['pwd', 'otp'] });
  });

  it('is valid for every service in its aud, be it an array or a text', async () => {
    expect(await outcome(await issuer.tokenFor(user, { aud: 'post' }))).toBe('ACCEPTED');
  });

  it('is verified once and then cached until it expires', async () => {
    const token = await issuer.tokenFor(user, { exp: now() + 1 });
    expect(verifier.known(`Bearer ${token}`)).toBeUndefined();
    const verified = await verifier.verify(`Bearer ${token}`);
    expect(verifier.known(`Bearer ${token}`)).toBe(verified);
    expect(verifier.known(`Bearer ${token} `)).toBeUndefined();
  });

  it('expires also if it is cached', async () => {
    const end = now() + 2;
    const token = await issuer.tokenFor(user, { iat: end - 62, exp: end - CLOCK_SKEW_S });
    await verifier.verify(`Bearer ${token}`);
    await new Promise((resolve) => setTimeout(resolve, end * 1_000 + 100 - Date.now()));
    expect(verifier.known(`Bearer ${token}`)).toBeUndefined();
    expect(await outcome(token)).toBe('TOKEN_EXPIRED');
  });
});

describe('A1: forged signatures', () => {
  const forge = (header: object, signature: (input: string) => string) => {
    const claims = {
      iss: issuer.url,
      sub: user.id,
      aud: ['post'],
      client_id: 'x',
      sid: user.id,
      jti: 'x',
      iat: now(),
      exp: now() + 60,
      scope: '',
      roles: [],
      reputation: 1,
    };
    const input = `${encode(header)}.${encode(claims)}`;
    return `${input}.${signature(input)}`;
  };

  it.each(['none', 'None', 'NONE', 'nOnE'])('alg: %s', async (alg) => {
    expect(await outcome(forge({ alg, typ: 'at+jwt', kid: 'x' }, () => ''))).toBe('TOKEN_INVALID');
    expect(await outcome(forge({ alg, typ: 'at+jwt', kid: 'x' }, () => 'AA'))).toBe('TOKEN_INVALID');
  });

  it('HS256 keyed with the public key as PEM, DER or JWK', async () => {
    const jwk = await issuer.publicJwk();
    const pem = await exportSPKI(issuer.keys.publicKey);
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    for (const key of [pem, pem.trim(), der, JSON.stringify(jwk), jwk.x ?? '']) {
      const token = forge({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid }, (input) =>
        createHmac('sha256', key).update(input).digest('base64url'),
      );
      expect(await outcome(token)).toBe('TOKEN_INVALID');
    }
  });

  it("another algorithm against the key's", async () => {
    const { kid } = await issuer.publicJwk();
    for (const alg of ['ES384', 'ES512', 'RS256', 'PS256', 'EdDSA', 'ES256K', 'es256', '', ' ES256']) {
      const token = forge({ alg, typ: 'at+jwt', kid }, () => Buffer.alloc(64, 1).toString('base64url'));
      expect(await outcome(token)).toBe('TOKEN_INVALID');
    }
  });

  it('an empty, short, long, zero or foreign signature', async () => {
    const token = await issuer.tokenFor(user);
    const input = token.slice(0, token.lastIndexOf('.') + 1);
    const order = 'FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551';
    const signatures = [Buffer.alloc(0), Buffer.alloc(63, 1), Buffer.alloc(64), Buffer.alloc(65, 1), Buffer.from(order + order, 'hex')];
    for (const signature of signatures) expect(await outcome(input + signature.toString('base64url'))).toBe('TOKEN_INVALID');
    const other = await TestIssuer.start();
    const { kid } = await issuer.publicJwk();
    expect(await outcome(await other.tokenFor(user, { iss: issuer.url }, { kid }))).toBe('TOKEN_INVALID');
    await other.stop();
  });

  it('a DER signature in place of a JOSE one', async () => {
    const { kid } = await issuer.publicJwk();
    const jwk = await exportJWK(issuer.keys.privateKey);
    const token = forge({ alg: 'ES256', typ: 'at+jwt', kid }, (input) =>
      signBytes('sha256', Buffer.from(input), { key: jwk as never, format: 'jwk', dsaEncoding: 'der' }).toString('base64url'),
    );
    expect(await outcome(token)).toBe('TOKEN_INVALID');
  });
});

describe('A2: header parameters other than kid', () => {
  it.each<[string, Record<string, unknown>]>([
    ['kid: a path', { kid: '../../../../dev/null' }],
    ['kid: SQL', { kid: "' OR 1=1 --" }],
    ['kid: 10 KB', { kid: 'k'.repeat(10_240) }],
    ['kid: __proto__', { kid: '__proto__' }],
    ['kid: an array', { kid: ['a'] }],
    ['kid: missing', { kid: undefined }],
    ['jku', { jku: 'http://127.0.0.1:1/keys' }],
    ['x5u', { x5u: 'http://127.0.0.1:1/cert' }],
    ['x5c', { x5c: ['MIIB'] }],
    ['b64: false', { b64: false }],
  ])('%s', async (_name, header) => {
    expect(await outcome(await issuer.tokenFor(user, {}, header))).toBe('TOKEN_INVALID');
  });

  it('a jwk of its own', async () => {
    const other = await TestIssuer.start();
    const token = await other.tokenFor(user, { iss: issuer.url }, { jwk: await other.publicJwk(), kid: (await issuer.publicJwk()).kid });
    expect(await outcome(token)).toBe('TOKEN_INVALID');
    await other.stop();
  });

  it('an unknown critical extension', async () => {
    const { kid } = await issuer.publicJwk();
    const token = await new SignJWT({ sub: user.id })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, crit: ['exp'], exp: 1 })
      .sign(issuer.keys.privateKey, { crit: { exp: true } });
    expect(await outcome(token)).toBe('TOKEN_INVALID');
  });

  it('unknown key ids cause no fetch within the cooldown', async () => {
    const tokens = await Promise.all(Array.from({ length: 200 }, (_, i) => issuer.tokenFor(user, {}, { kid: `unknown-${i}` })));
    // The cooldown of this verifier begins now.
    const fresh = verifierFor(issuer.url);
    await fresh.verify(await bearer(user));
    const before = issuer.fetches;
    for (const token of tokens) await outcome(token, fresh);
    expect(issuer.fetches).toBe(before);
  });
});

it('an opaque token is refused (P11)', async () => {
  expect(await outcome(randomBytes(32).toString('base64url'))).toBe('TOKEN_INVALID');
});

describe('A3: claims', () => {
  // Times are those of the test, not of the start of the file.
  it.each<[string, Record<string, unknown> | (() => Record<string, unknown>), Record<string, unknown>?]>([
    ['iss of somebody else', { iss: 'https://evil.example' }],
    ['iss missing', { iss: undefined }],
    ['aud of a sibling', { aud: ['comment'] }],
    ['aud missing', { aud: undefined }],
    ['aud that contains ours', { aud: ['posts', 'xpost'] }],
    ['typ of an ID token', {}, { typ: 'JWT' }],
    ['typ of a refresh token', {}, { typ: 'rt+jwt' }],
    ['typ missing', {}, { typ: undefined }],
    ['exp missing', { exp: undefined }],
    ['exp absurd', { exp: 1e308 }],
    ['exp a text', { exp: '9999999999' }],
    ['exp before iat', () => ({ iat: now() + 2, exp: now() + 1 })],
    ['iat missing', { iat: undefined }],
    ['nbf in the future', () => ({ nbf: now() + CLOCK_SKEW_S + 60 })],
    ['nbf after an iat in the future', () => ({ iat: now() + 20, nbf: now() + 20 + CLOCK_SKEW_S + 2, exp: now() + 90 })],
    ['nbf a text', { nbf: '1' }],
    ['a lifetime over the cap', () => ({ exp: now() + MAX_LIFETIME_S + 10 })],
    ['sub missing', { sub: undefined }],
    ['sub that is no user', { sub: 'root' }],
    ['sid missing', { sid: undefined }],
    ['jti missing', { jti: undefined }],
    ['client_id missing', { client_id: undefined }],
    ['roles a text', { roles: 'ADMIN' }],
    ['roles an object', { roles: { 0: 'ADMIN', length: 1 } }],
    ['reputation a text', { reputation: '99999' }],
    ['reputation negative', { reputation: -5 }],
    ['reputation missing', { reputation: undefined }],
    ['act a text', { act: 'gateway' }],
    ['act of nobody', { act: {} }],
    ['act of an empty name', { act: { sub: '' } }],
    ['act of a list', { act: { sub: ['gateway'] } }],
    ['act null', { act: null }],
    ['auth_time a text', { auth_time: '1763700000' }],
    ['auth_time no whole number', { auth_time: 1763700000.5 }],
    ['auth_time null', { auth_time: null }],
    ['auth_time after iat', () => ({ auth_time: now() + CLOCK_SKEW_S + 60 })],
    ['auth_time absurd', { auth_time: Number.MAX_SAFE_INTEGER }],
    ['amr a text', { amr: 'pwd' }],
    ['amr of an empty name', { amr: [''] }],
    ['amr of objects', { amr: [{ pwd: true }] }],
    ['amr null', { amr: null }],
  ])('%s', async (_name, claims, header = {}) => {
    const token = await issuer.tokenFor(user, typeof claims === 'function' ? claims() : claims, header);
    expect(await outcome(token)).toBe('TOKEN_INVALID');
  });

  it('iss with a trailing slash', async () => {
    expect(await outcome(await issuer.tokenFor(user, { iss: `${issuer.url}/` }))).toBe('TOKEN_INVALID');
  });

  it('an expired token has its own reason, and the skew is exact to the second', async () => {
    const past = (seconds: number) => issuer.tokenFor(user, { iat: now() - 60, exp: now() - seconds });
    expect(await outcome(await past(CLOCK_SKEW_S + 1))).toBe('TOKEN_EXPIRED');
    expect(await outcome(await past(CLOCK_SKEW_S - 2))).toBe('ACCEPTED');
  });
});

describe('a token from the future', () => {
  const from = (leadS: number, claims: object = {}) =>
    issuer.tokenFor(user, { iat: now() + leadS, nbf: now() + leadS, exp: now() + leadS + 60, ...claims });

  it.each([
    [1, 'ACCEPTED', 0],
    [8, 'ACCEPTED', 1],
    [MAX_LEAD_S - 2, 'ACCEPTED', 1],
    [MAX_LEAD_S + 2, 'CLOCK_SKEW', 1],
    [3_600, 'CLOCK_SKEW', 1],
  ])('by %d seconds: %s, and it is counted', async (leadS, expected, early) => {
    const fresh = verifierFor(issuer.url);
    expect(await outcome(await from(leadS), fresh)).toBe(expected);
    expect([fresh.clocks.early, fresh.clocks.fault !== undefined]).toEqual([early, early > 0]);
  });

  it('is the fault of the system, not of the user', async () => {
    const refusal = await verifier.verify(`Bearer ${await from(40)}`).catch((error: unknown) => (error as TokenRefusal).error);
    expect(refusal).toMatchObject({ code: Code.UNAVAILABLE, reason: 'CLOCK_SKEW' });
    expect((refusal as Error).message).not.toMatch(/log in|refresh/i);
  });

  it('of anybody else reports nothing', async () => {
    const fresh = verifierFor(issuer.url);
    const other = await TestIssuer.start();
    const { kid } = await issuer.publicJwk();
    const forged = await other.tokenFor(user, { iss: issuer.url, iat: now() + 40, exp: now() + 100 }, { kid });
    expect(await outcome(forged, fresh)).toBe('TOKEN_INVALID');
    expect(await outcome(await from(40, { aud: ['comment'] }), fresh)).toBe('TOKEN_INVALID');
    expect([fresh.clocks.early, fresh.clocks.fault]).toEqual([0, undefined]);
    await other.stop();
  });

  it('lives no longer than any other', async () => {
    expect(await outcome(await from(8, { exp: now() + 8 + MAX_LIFETIME_S + 1 }))).toBe('TOKEN_INVALID');
    const { freshUntil } = await verifier.verify(`Bearer ${await from(20)}`);
    expect(freshUntil).toBeLessThanOrEqual(now() + 20 + 60 + CLOCK_SKEW_S);
  });
});

describe('A4: malformed tokens are refused before verification', () => {
  const good = () => issuer.tokenFor(user);

  it.each<[string, (token: string) => string]>([
    ['nothing', () => ''],
    ['one megabyte', () => 'a'.repeat(1_000_000)],
    ['a megabyte of dots', () => '.'.repeat(1_000_000)],
    ['two parts', (token) => token.split('.').slice(0, 2).join('.')],
    ['four parts', (token) => `${token}.AA`],
    ['five parts, as a JWE', (token) => `${token}.AA.AA`],
    ['padding', (token) => `${token}==`],
    ['white space in the signature', (token) => `${token.slice(0, -10)} ${token.slice(-10)}`],
    ['a line break', (token) => `${token}\n`],
    ['NUL', (token) => `${token}\u0000`],
    ['standard base64', (token) => token.replace('.', '+.')],
    ['a header that is no JSON', (token) => `AAAA.${token.split('.').slice(1).join('.')}`],
    ['a header that is an array', (token) => `${encode([])}.${token.split('.').slice(1).join('.')}`],
    ['a header that is null', (token) => `${encode('null')}.${token.split('.').slice(1).join('.')}`],
  ])('%s', async (_name, mangle) => {
    expect(await outcome(mangle(await good()))).toBe('TOKEN_INVALID');
  });

  it('10,000 claims', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`claim${i}`, i]));
    expect(await outcome(await issuer.tokenFor(user, many))).toBe('TOKEN_INVALID');
  });

  it('another spelling of the same signature is verified again, or refused', async () => {
    const token = await good();
    await verifier.verify(`Bearer ${token}`);
    const last = token.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const sameBytes = alphabet[alphabet.indexOf(last) ^ 1] ?? '';
    expect(verifier.known(`Bearer ${token.slice(0, -1)}${sameBytes}`)).toBeUndefined();
  });
});

describe('A4: Wycheproof', () => {
  interface Vectors {
    testGroups: { comment: string; public?: JWK; private?: JWK | { keys: JWK[] }; tests: { tcId: number; jws: string }[] }[];
  }
  const load = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../vectors/wycheproof_json_web_${name}_test.json`, import.meta.url), 'utf8')) as Vectors;
  let server: Server;
  let served: unknown;

  beforeAll(async () => {
    server = createServer((_request, response) => response.end(JSON.stringify(served)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server.close());

  /** The accepted tokens, with every key of the vectors as the issuer's key. */
  async function accepted({ testGroups }: Vectors): Promise<string[]> {
    const found: string[] = [];
    for (const group of testGroups) {
      const keys = group.public ?? group.private ?? {};
      served = 'keys' in keys ? keys : { keys: [keys] };
      const by = verifierFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      for (const { tcId, jws } of group.tests) if ((await outcome(jws, by)) === 'ACCEPTED') found.push(`${tcId} ${group.comment}`);
    }
    return found;
  }

  it.each(['signature', 'key'])('no JSON Web %s vector is an access token', async (name) => {
    const vectors = load(name);
    expect(vectors.testGroups.flatMap(({ tests }) => tests).length).toBeGreaterThan(20);
    expect(await accepted(vectors)).toEqual([]);
  });
});
