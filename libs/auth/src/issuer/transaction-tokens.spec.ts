import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { UNTIL_EXPIRY } from '../revocation/token-revocations.ts';
import { aUser, TestIssuer } from '../testing/index.ts';
import { JwtStrategy } from '../token/jwt.strategy.ts';
import type { TokenRefusal } from '../token/token-refusal.ts';
import { TokenVerifier } from '../token/token-verifier.ts';
import { CLOCK_SKEW_S, type IssuerOptions, MAX_LIFETIME_S } from './issuer-options.ts';
import { Issuers } from './issuers.ts';

const trustDomain = 'acme.example';
const PATH = '/acme.shop.v1.Shop/Buy';
const user = aUser({ roles: ['MODERATOR'], reputation: 42, scopes: ['buy', 'read'] });
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

let issuer: TestIssuer;
let verifier: TokenVerifier;
beforeAll(async () => {
  issuer = await TestIssuer.start({ audience: ['shop'] });
  verifier = verifierWith(trustDomain);
});
afterAll(() => issuer.stop());

const verifierWith = (transactionTokens?: string) => verifierOf(issuer, transactionTokens === undefined ? {} : { transactionTokens });

const verifierOf = ({ url }: TestIssuer, options: Partial<IssuerOptions>) =>
  new TokenVerifier(new JwtStrategy(new Issuers({ url, keys: { jwksUri: new URL(url) }, ...options }, { service: 'shop' }), UNTIL_EXPIRY));

const tokenFor = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, path?: string) =>
  issuer.transactionTokenFor(user, { trustDomain, path }, claims, header);

/** The `tctx` of a token that reads by one rpc. */
const reading = (more: object) => ({ action: 'read', rpc: PATH.slice(1), roles: [], reputation: 1, ...more });

const outcome = (token: string, by = verifier) =>
  by.verify(`Bearer ${token}`).then(
    () => 'ACCEPTED',
    (error: unknown) => (error as TokenRefusal).error.reason,
  );

describe('a Transaction Token', () => {
  it('carries its user, its transaction and the workload that requested it', async () => {
    const rctx = { sid: '0193e4a1-0000-7000-8000-000000000001', client_id: 'web', auth_time: inSeconds(-600), amr: ['pwd'] };
    const verified = await verifier.verify(`Bearer ${await tokenFor({ txn: 'tx-1', rctx }, {}, PATH)}`);
    expect(verified).toMatchObject({
      transaction: { id: 'tx-1', workload: 'spiffe://acme.example/gateway', callChain: [], action: 'write', path: PATH },
      audience: [trustDomain],
      user: {
        ...{ id: user.id, roles: ['MODERATOR'], reputation: 42, scopes: ['buy', 'read'], issuer: issuer.url },
        ...{ sessionId: rctx.sid, clientId: 'web', authenticatedAt: new Date(rctx.auth_time * 1000), authenticationMethods: ['pwd'] },
        actor: 'spiffe://acme.example/gateway',
      },
    });
  });

  it('for reads has no rpc', async () => {
    const { transaction } = await verifier.verify(`Bearer ${await tokenFor()}`);
    expect(transaction?.path).toBeUndefined();
  });

  it('that replaces others has the rpc that it reads by, and the workloads before', async () => {
    const call_chain = ['spiffe://acme.example/gateway', 'spiffe://acme.example/cart'];
    const replacement = {
      req_wl: 'spiffe://acme.example/shop',
      rctx: { sid: '0193e4a1-0000-7000-8000-000000000001', client_id: 'web', call_chain },
    };
    const { transaction } = await verifier.verify(
      `Bearer ${await tokenFor({ ...replacement, tctx: reading({ binds: { order_id: '7' } }) })}`,
    );
    expect(transaction).toEqual({
      ...{
        id: expect.any(String),
        workload: replacement.req_wl,
        callChain: call_chain,
        action: 'read',
        path: PATH,
        requestHash: undefined,
        binds: { order_id: '7' },
      },
    });
  });

  it('for reads is cached, and one for a single call is not: it comes once', async () => {
    const once = { tctx: reading({ request_sha256: 'A'.repeat(43) }) };
    const tokens = [await tokenFor(), await tokenFor({ tctx: reading({}) }), await tokenFor({}, {}, PATH), await tokenFor(once)];
    const known = tokens.map((token) => verifier.verify(`Bearer ${token}`).then(() => verifier.known(`Bearer ${token}`)?.user.id));
    expect(await Promise.all(known)).toEqual([user.id, user.id, undefined, undefined]);
  });

  it('is refused by a service that accepts access tokens alone, and the other way round', async () => {
    expect(await outcome(await tokenFor(), verifierWith())).toBe('TOKEN_INVALID');
    expect(await outcome(await issuer.tokenFor(user), verifier)).toBe('ACCEPTED');
    expect(await outcome(await issuer.tokenFor(user, { aud: trustDomain }), verifier)).toBe('TOKEN_INVALID');
  });

  // §9.2: recipients ignore what they do not understand.
  it('may have other claims, also deeply nested ones', async () => {
    const nested = Array.from({ length: 100 }).reduce<object>((inner) => ({ inner }), {});
    const rctx = { sid: '0193e4a1-0000-7000-8000-000000000001', client_id: 'web', req_ip: '192.0.2.1', nested };
    expect(await outcome(await tokenFor({ rctx, tctx: { action: 'read', roles: [], reputation: 1, ticker: 'ACME' }, extra: 1 }))).toBe(
      'ACCEPTED',
    );
  });

  it('has the claims of its user in one place each: those elsewhere have no effect', async () => {
    const elsewhere = { roles: ['ADMIN'], reputation: 9_999, claims_age: 7, sub: 'root', scope: 'moderation' };
    const rctx = { sid: '0193e4a1-0000-7000-8000-000000000001', client_id: 'web', ...elsewhere };
    const { user: found } = await verifier.verify(`Bearer ${await tokenFor({ roles: ['ADMIN'], reputation: 9_999, claims_age: 7, rctx })}`);
    expect(found).toMatchObject({ id: user.id, roles: ['MODERATOR'], reputation: 42, scopes: ['buy', 'read'], claimsAgeS: undefined });
    expect(await outcome(await tokenFor({ sid: '0193e4a1-0000-7000-8000-000000000001', client_id: 'web', rctx: {} }))).toBe(
      'TOKEN_INVALID',
    );
  });

  it.each<[string, Record<string, unknown> | (() => Record<string, unknown>), Record<string, unknown>?]>([
    ['aud of another trust domain', { aud: 'evil.example' }],
    ['aud of the service', { aud: 'shop' }],
    ['aud of two trust domains', { aud: [trustDomain, 'evil.example'] }],
    ['aud missing', { aud: undefined }],
    ['iss missing', { iss: undefined }],
    ['typ of an access token', {}, { typ: 'at+jwt' }],
    ['typ in another spelling', {}, { typ: 'TXNTOKEN+JWT' }],
    ['typ missing', {}, { typ: undefined }],
    ['kid missing', {}, { kid: undefined }],
    ['jku', {}, { jku: 'http://127.0.0.1:1/keys' }],
    ['txn missing', { txn: undefined }],
    ['txn empty', { txn: '' }],
    ['txn a number', { txn: 1 }],
    ['sub missing', { sub: undefined }],
    ['scope missing', { scope: undefined }],
    ['req_wl missing', { req_wl: undefined }],
    ['req_wl a list, as in draft 06', { req_wl: ['spiffe://acme.example/gateway'] }],
    ['tctx missing', { tctx: undefined }],
    ['tctx a text', { tctx: '{"action":"read"}' }],
    ['tctx without action', { tctx: { roles: [], reputation: 1 } }],
    ['tctx of an unknown action', { tctx: { action: 'admin', roles: [], reputation: 1 } }],
    ['tctx of a write without an rpc', { tctx: { action: 'write', roles: [], reputation: 1 } }],
    ['tctx of a write of every rpc', { tctx: { action: 'write', rpc: '*', roles: [], reputation: 1 } }],
    [
      'tctx of a malformed request hash',
      { tctx: { action: 'write', rpc: 'acme.Shop/Buy', request_sha256: 'x', roles: [], reputation: 1 } },
    ],
    ['tctx of reads by every rpc', { tctx: { action: 'read', rpc: '*', roles: [], reputation: 1 } }],
    ['tctx of rows that are no texts', { tctx: { action: 'read', roles: [], reputation: 1, binds: { order_id: 7 } } }],
    ['tctx without roles', { tctx: { action: 'read', reputation: 1 } }],
    ['rctx missing', { rctx: undefined }],
    ['rctx without a session', { rctx: { client_id: 'web' } }],
    ['a call chain that is a text', { rctx: { sid: '0193e4a1-0000-7000-8000-000000000001', client_id: 'web', call_chain: 'gateway' } }],
    ['iat missing', { iat: undefined }],
    ['exp missing', { exp: undefined }],
    ['a lifetime over the cap', () => ({ exp: inSeconds(MAX_LIFETIME_S + 10) })],
    ['8 KB', { extra: 'x'.repeat(8_000) }],
  ])('is refused with %s', async (_name, claims, header = {}) => {
    expect(await outcome(await tokenFor(typeof claims === 'function' ? claims() : claims, header))).toBe('TOKEN_INVALID');
  });

  it('expires, exact to the second of the clock skew', async () => {
    const past = (seconds: number) => tokenFor({ iat: inSeconds(-60), exp: inSeconds(-seconds) });
    expect([await outcome(await past(CLOCK_SKEW_S + 1)), await outcome(await past(CLOCK_SKEW_S - 2))]).toEqual([
      'TOKEN_EXPIRED',
      'ACCEPTED',
    ]);
  });

  it('is refused with the signature of another issuer', async () => {
    const other = await TestIssuer.start();
    const { kid } = await issuer.publicJwk();
    expect(await outcome(await other.transactionTokenFor(user, { trustDomain }, { iss: issuer.url }, { kid }))).toBe('TOKEN_INVALID');
    await other.stop();
  });

  it('needs the name of a trust domain in the option', () => {
    expect(() => verifierWith('')).toThrow('transactionTokens is empty: set the trust domain.');
  });
});

describe('a Transaction Token of another implementation', () => {
  let other: TestIssuer;
  let trusting: TokenVerifier;
  beforeAll(async () => {
    other = await TestIssuer.start({ algorithm: 'RS256' });
    trusting = verifierOf(other, { transactionTokens: trustDomain, algorithms: ['RS256'] });
  });
  afterAll(() => other.stop());

  const common = () => ({ iss: other.url, aud: trustDomain, iat: inSeconds(0), exp: inSeconds(15), txn: randomUUID() });

  /** As service/pkg/service/service.go of tokenetes/tokenetes (formerly Tratteria) issues it, at its commit 35b4923. */
  const tokenetes = () => ({
    ...{ ...common(), sub: { format: 'email', email: 'ada@acme.example' } },
    ...{ purp: 'buy', azd: { stockId: '1', action: 'buy' }, rctx: { req_ip: '192.0.2.1' } },
  });

  /** As pkg/token/token.go of aramase/kontxt issues it, at its commit d23ebb5. `tctx` is the `request_details` of the request, and `rctx` its `request_context`. */
  const kontxt = (tctx: object, rctx: object) => ({
    ...{ ...common(), sub: user.id, scope: 'buy', req_wl: 'spiffe://acme.example/gateway', tctx, rctx },
  });

  const faultOf = async (claims: Record<string, unknown>, typ: string) =>
    trusting.verify(`Bearer ${await other.sign(claims, { typ })}`).then(
      ({ transaction }) => `accepted ${transaction?.path ?? 'for reads'}`,
      (error: unknown) => `${(error as TokenRefusal).error.reason}: ${(error as TokenRefusal).fault}`,
    );

  it('from Tokenetes is refused: it has the typ of an early draft, and claims that later drafts have renamed', async () => {
    expect(await faultOf(tokenetes(), 'txn_token')).toMatch(/^TOKEN_INVALID: [^]*"typ"/);
    const fault = await faultOf(tokenetes(), 'txntoken+jwt');
    expect(['req_wl', 'scope', 'tctx'].filter((claim) => !fault.includes(`"${claim}"`))).toEqual([]);
  });

  it('from kontxt is refused if its tctx has no action of ours', async () => {
    const fault = await faultOf(
      kontxt({ purpose: 'dataset-analysis', datasetId: 'ds-1' }, { req_ip: '192.0.2.1', authn: 'oidc' }),
      'txntoken+jwt',
    );
    expect(fault).toMatch(/^TOKEN_INVALID: [^]*"action"/);
  });

  it('from kontxt is accepted if it was requested with our tctx and rctx', async () => {
    const tctx = { action: 'write', rpc: PATH.slice(1), request_sha256: 'A'.repeat(43), roles: [], reputation: 1 };
    expect(await faultOf(kontxt(tctx, { sid: randomUUID(), client_id: 'web' }), 'txntoken+jwt')).toBe(`accepted ${PATH}`);
  });
});
