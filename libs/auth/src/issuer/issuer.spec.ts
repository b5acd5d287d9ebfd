import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { UNTIL_EXPIRY } from '../revocation/token-revocations.ts';
import { aUser, TestIssuer } from '../testing/index.ts';
import { JwtStrategy } from '../token/jwt.strategy.ts';
import type { TokenRefusal } from '../token/token-refusal.ts';
import { TokenVerifier } from '../token/token-verifier.ts';
import { type Shape, SHAPES, tokenOf } from './issuer.fixture.ts';
import { Issuers, type TrustedIssuers } from './issuers.ts';
import { ClaimsError } from './mapped-user.ts';

let rsa: TestIssuer;
let ec: TestIssuer;
const started: TestIssuer[] = [];

const start = async (...options: Parameters<typeof TestIssuer.start>) => {
  const issuer = await TestIssuer.start(...options);
  started.push(issuer);
  return issuer;
};

beforeAll(async () => {
  [rsa, ec] = await Promise.all([start({ algorithm: 'RS256' }), start({ audience: ['shop'] })]);
});
afterAll(() => Promise.all(started.map((issuer) => issuer.stop())));

const verifierFor = (trusted: TrustedIssuers, more: object = {}) =>
  new TokenVerifier(new JwtStrategy(new Issuers(trusted, { service: 'shop', ...more }), UNTIL_EXPIRY));

const keysOf = (issuer: TestIssuer) => ({ jwksUri: new URL(issuer.url) });

/** The user of a token, or the reason of its refusal. */
const outcome = (verifier: TokenVerifier, token: string) =>
  verifier.verify(`Bearer ${token}`).then(
    ({ user }) => user,
    (error: unknown) => (error as TokenRefusal).error.reason,
  );

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe.each(Object.keys(SHAPES))('a token of %s', (name) => {
  let shape: Shape;
  let verifier: TokenVerifier;
  const refused = async (changes: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    outcome(verifier, await tokenOf(rsa, shape, changes, header));

  beforeAll(() => {
    shape = SHAPES[name]?.(keysOf(rsa)) as Shape;
    verifier = verifierFor(shape.issuer);
  });

  it('is that of a user', async () => {
    expect(await outcome(verifier, await tokenOf(rsa, shape))).toMatchObject({ ...shape.user, issuer: shape.issuer.url, reputation: 0 });
  });

  it('A1: is refused with a forged signature', async () => {
    const [header = '', payload = ''] = (await tokenOf(rsa, shape)).split('.');
    const other = await start({ algorithm: 'RS256' });
    const { kid } = await rsa.publicJwk();
    const pem = await exportSPKI(rsa.keys.publicKey);
    const hmac = `${encode({ ...shape.header, alg: 'HS256', kid })}.${payload}`;
    for (const token of [
      `${header}.${payload}.`,
      `${header}.${payload}.AAAA`,
      `${encode({ ...shape.header, alg: 'none', kid })}.${payload}.`,
      `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
      await tokenOf(other, shape, {}, { kid }),
    ]) {
      expect(await outcome(verifier, token)).toBe('TOKEN_INVALID');
    }
  });

  it("A1: is refused with an algorithm other than its issuer's", async () => {
    const es256 = SHAPES[name]?.(keysOf(ec)) as Shape;
    expect(await outcome(verifierFor(es256.issuer), await tokenOf(ec, es256))).toBe('TOKEN_INVALID');
  });

  it.each<[string, Record<string, unknown>]>([
    ['jku', { jku: 'https://evil.example/keys' }],
    ['x5u', { x5u: 'https://evil.example/cert' }],
    ['an unknown parameter', { more: true }],
    ['another typ', { typ: 'rt+jwt' }],
    ['no kid', { kid: undefined }],
  ])('A2: is refused with %s in its header', async (_name, header) => {
    expect(await refused({}, header)).toBe('TOKEN_INVALID');
  });

  it('A3: is refused with wrong claims', async () => {
    const now = Math.floor(Date.now() / 1000);
    const { maxLifetimeS = 300, audienceClaim = 'aud' } = shape.issuer;
    const audiences = audienceClaim === 'aud' ? [undefined, 'another', ['another'], []] : [undefined, 'another'];
    for (const changes of [
      { iss: `${shape.issuer.url}/` },
      { iss: undefined },
      ...audiences.map((audience) => ({ [audienceClaim]: audience })),
      { exp: undefined },
      { iat: undefined },
      { nbf: now + 60 },
      { exp: now + maxLifetimeS + 60 },
      { exp: 1e308 },
      { cnf: { jkt: 'x' } },
    ]) {
      expect([changes, await refused(changes)]).toEqual([changes, 'TOKEN_INVALID']);
    }
    expect(await refused({ iat: now - 290, exp: now - 10 })).toBe('TOKEN_EXPIRED');
    expect(await refused({ iat: now + 60, exp: now + 120 })).toBe('CLOCK_SKEW');
  });

  it('A3: is refused if it is another kind of token', async () => {
    for (const [kind, changes] of Object.entries(shape.foreign)) expect([kind, await refused(changes)]).toEqual([kind, 'TOKEN_INVALID']);
  });

  it('has the same rules for its claims if the issuer states them, as by introspection', async () => {
    const { url, maxLifetimeS = 300, audienceClaim = 'aud' } = shape.issuer;
    const issuers = new Issuers(shape.issuer, { service: 'shop' });
    const now = Math.floor(Date.now() / 1000);
    const stated = (changes: Record<string, unknown> = {}) => ({ iat: now, exp: now + 300, ...shape.claims, ...changes });
    for (const claims of [stated(), stated({ iss: url })]) {
      expect(await issuers.verifyClaims(url, claims)).toMatchObject({ user: { ...shape.user, issuer: url }, issuedAt: now });
    }
    for (const changes of [
      { iss: `${url}/` },
      { [audienceClaim]: undefined },
      { [audienceClaim]: 'another' },
      { exp: undefined },
      { exp: String(now + 300) },
      { iat: undefined },
      { nbf: now + 60 },
      { iat: now + 60, exp: now + 120 },
      { exp: now + maxLifetimeS + 60 },
      { cnf: { jkt: 'x' } },
      ...Object.values(shape.foreign),
    ]) {
      await expect(issuers.verifyClaims(url, stated(changes))).rejects.toThrow();
    }
    await expect(issuers.verifyClaims(url, stated({ iat: now - 290, exp: now - 10 }))).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
    await expect(issuers.verifyClaims(`${url}/`, stated())).rejects.toThrow('iss is none of the trusted issuers');
  });

  it('A5: does not fit a service that trusts our own issuer alone, nor the other way round', async () => {
    expect(await outcome(verifierFor({ url: ec.url, keys: keysOf(ec) }), await tokenOf(rsa, shape))).toBe('TOKEN_INVALID');
    expect(await outcome(verifier, await ec.tokenFor(aUser()))).toBe('TOKEN_INVALID');
  });

  it("A6: is refused with a key of the issuer's JWKS that is for encryption", async () => {
    const jwks = { keys: [{ ...(await rsa.publicJwk()), use: 'enc' }] };
    expect(await outcome(verifierFor({ ...shape.issuer, keys: { jwks } }), await tokenOf(rsa, shape))).toBe('TOKEN_INVALID');
  });
});

describe('an Entra ID token with a group overage', () => {
  it('is refused with its reason where roles come from groups', async () => {
    const entra = SHAPES['Entra ID']?.(keysOf(rsa)) as Shape;
    const { entraId } = await import('./entra-id.ts');
    const tenant = String(entra.claims.tid);
    const groups = verifierFor(entraId({ tenant, audience: String(entra.claims.aud), roles: 'groups', keys: keysOf(rsa) }));
    const overage = await tokenOf(rsa, entra, { _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } });
    await expect(groups.verify(`Bearer ${overage}`)).rejects.toMatchObject({
      error: { reason: 'CLAIMS_INVALID', message: expect.stringContaining('more groups than a token can hold') },
    });
    expect(await outcome(groups, await tokenOf(rsa, entra, { groups: ['g-1'] }))).toMatchObject({ roles: ['g-1'] });
    expect(await outcome(verifierFor(entra.issuer), overage)).toMatchObject({ roles: ['editor'] });
  });
});

describe('algorithms', () => {
  it.each(['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const)('%s is accepted by name alone', async (algorithm) => {
    const issuer = await start({ algorithm, audience: ['shop'] });
    const token = await issuer.tokenFor(aUser());
    expect(await outcome(verifierFor({ url: issuer.url, algorithms: [algorithm] }), token)).toMatchObject({ issuer: issuer.url });
    const others = (['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const).filter((other) => other !== algorithm);
    expect(await outcome(verifierFor({ url: issuer.url, algorithms: others }), token)).toBe('TOKEN_INVALID');
  });
});

describe('several issuers', () => {
  it('have users of their own, also with the same sub', async () => {
    const other = await start({ audience: ['shop'] });
    const verifier = verifierFor(
      [ec.url, { url: other.url, namespace: 'partner' }].map((one) => (typeof one === 'string' ? { url: one } : one)),
    );
    const user = aUser();
    expect(await outcome(verifier, await ec.tokenFor(user))).toMatchObject({ id: user.id, issuer: ec.url });
    const theirs = await outcome(verifier, await other.tokenFor(user));
    expect(theirs).toMatchObject({ id: `partner:${user.id}`, issuer: other.url, sessionId: expect.stringMatching(/^partner:/) });
  });

  it('cannot state the ids of each other', async () => {
    const other = await start({ audience: ['shop'] });
    const mapClaims = ({ sub, sid }: Record<string, unknown>) => ({ id: String(sub), sessionId: String(sid), roles: [], scopes: [] });
    const bare = { url: ec.url, mapClaims, exampleClaims: { sub: '1', sid: '1' } };
    const verifier = verifierFor([bare, { url: other.url, namespace: 'partner' }]);
    expect(await outcome(verifier, await ec.tokenFor(aUser({ id: 'partner:42' })))).toBe('TOKEN_INVALID');
    expect(await outcome(verifier, await ec.tokenFor(aUser(), { sid: 'partner:42' }))).toBe('TOKEN_INVALID');
    expect(await outcome(verifier, await ec.tokenFor(aUser({ id: 'partner' })))).toMatchObject({ id: 'partner' });
  });

  it('are each judged by their own keys, audience and algorithms', async () => {
    const other = await start({ audience: ['other'], algorithm: 'RS256' });
    const verifier = verifierFor([{ url: ec.url }, { url: other.url, namespace: 'partner', audience: 'other', algorithms: ['RS256'] }]);
    const [{ kid: ours }, { kid: theirs }] = [await ec.publicJwk(), await other.publicJwk()];
    expect(await outcome(verifier, await other.tokenFor(aUser()))).toMatchObject({ issuer: other.url });
    for (const token of [
      await ec.tokenFor(aUser(), {}, { kid: theirs }),
      await ec.tokenFor(aUser(), { iss: other.url }),
      await ec.tokenFor(aUser(), { iss: other.url }, { kid: theirs }),
      await other.tokenFor(aUser(), { iss: ec.url, aud: 'shop' }, { kid: ours }),
      await other.tokenFor(aUser(), { aud: 'shop' }),
      await ec.tokenFor(aUser(), { aud: 'other' }),
      await (await start({ audience: ['shop'] })).tokenFor(aUser(), {}, { kid: ours }),
    ]) {
      expect(await outcome(verifier, token)).toBe('TOKEN_INVALID');
    }
  });
});

describe('a mapping of your own', () => {
  const example = { uid: 7, level: 3, teams: ['a'] };
  const attributes = { level: 'number', teams: 'texts' } as const;
  const mapClaims = ({ uid, level, teams }: Record<string, unknown>) => {
    if (uid === 0) throw new ClaimsError('guests have no account.');
    return { id: String(uid), roles: [], scopes: [], attributes: { level: level as number, teams: teams as string[] } };
  };
  const trust = () => verifierFor({ url: ec.url, mapClaims, exampleClaims: example }, { attributes });

  it('has attributes of its own', async () => {
    expect(await outcome(trust(), await ec.tokenFor(aUser(), { ...example }))).toMatchObject({
      id: '7',
      attributes: { level: 3, teams: ['a'] },
    });
  });

  it('refuses a token with a message for the client, or without one', async () => {
    await expect(trust().verify(`Bearer ${await ec.tokenFor(aUser(), { ...example, uid: 0 })}`)).rejects.toMatchObject({
      error: { reason: 'CLAIMS_INVALID', message: 'The access token is genuine, but its claims cannot be used: guests have no account.' },
    });
    expect(await outcome(trust(), await ec.tokenFor(aUser(), { ...example, level: 'high' }))).toBe('TOKEN_INVALID');
    expect(await outcome(trust(), await ec.tokenFor(aUser(), { ...example, teams: ['a\u0000'] }))).toBe('TOKEN_INVALID');
  });
});

describe('a claims source', () => {
  const sourceOf = (load: () => Promise<object>, maxAgeMs = 2_000) => verifierFor({ url: ec.url, claimsSource: { maxAgeMs, load } });

  it('replaces claims of the token, and is asked once per user and maxAgeMs', async () => {
    let asked = 0;
    const verifier = sourceOf(() => Promise.resolve({ reputation: 100 + (asked += 1), roles: ['editor'] }));
    const user = aUser({ reputation: 5 });
    const [first, second] = [await ec.tokenFor(user), await ec.tokenFor(user)];
    const users = await Promise.all([first, second, first].map((token) => outcome(verifier, token)));
    for (const one of users) expect(one).toMatchObject({ id: user.id, reputation: 101, roles: ['editor'] });
    expect(verifier.known(`Bearer ${first}`)).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(verifier.known(`Bearer ${first}`)).toBeUndefined();
    expect(await outcome(verifier, first)).toMatchObject({ reputation: 102 });
  });

  it('that fails, or answers with anything else, lets nobody in', async () => {
    const token = await ec.tokenFor(aUser());
    expect(
      await outcome(
        sourceOf(() => Promise.reject(new Error('down'))),
        token,
      ),
    ).toBe('CLAIMS_UNAVAILABLE');
    expect(
      await outcome(
        sourceOf(() => Promise.resolve({ reputation: 'much' })),
        token,
      ),
    ).toBe('CLAIMS_UNAVAILABLE');
  });

  it('is asked for each tenant of a user', async () => {
    const load = ({ tenant = '' }: { tenant?: string | undefined }) => Promise.resolve({ roles: [`admin of ${tenant}`] });
    const mapClaims = ({ sub, org }: Record<string, unknown>) => ({ id: String(sub), roles: [], scopes: [], tenant: String(org) });
    const verifier = verifierFor({
      url: ec.url,
      mapClaims,
      exampleClaims: { sub: '1', org: 'a' },
      claimsSource: { maxAgeMs: 60_000, load },
    });
    const user = aUser();
    for (const org of ['a', 'b']) {
      expect(await outcome(verifier, await ec.tokenFor(user, { org }))).toMatchObject({ tenant: org, roles: [`admin of ${org}`] });
    }
  });

  it('is asked again after a failure', async () => {
    let down = true;
    const verifier = sourceOf(() => (down ? Promise.reject(new Error('down')) : Promise.resolve({ reputation: 9 })));
    const token = await ec.tokenFor(aUser());
    expect(await outcome(verifier, token)).toBe('CLAIMS_UNAVAILABLE');
    down = false;
    expect(await outcome(verifier, token)).toMatchObject({ reputation: 9 });
  });
});
