import { create } from '@bufbuild/protobuf';
import { Server, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { serviceDefinition } from '@reputable/contracts';
import { type Access, SignedInSchema } from '@reputable/contracts/access/v1/access';
import { rulesOf } from '../access/access-rule.ts';
import { AccessServerInterceptor } from '../call/access.server-interceptor.ts';
import { contractOf } from '../call/echo.fixture.ts';
import { openClient } from '../call/client.ts';
import { Issuers } from '../issuer/issuers.ts';
import { reputableClaims } from '../issuer/reputable-claims.ts';
import { UNTIL_EXPIRY } from '../revocation/token-revocations.ts';
import type { CertificateWatch } from '../tls/certificate-watch.ts';
import { serverCredentials } from '../tls/credentials.ts';
import { PeerReader } from '../tls/peer.ts';
import { JwtStrategy } from '../token/jwt.strategy.ts';
import { TokenVerifier } from '../token/token-verifier.ts';
import { expectRefused, rulesMatrix, TestAuthority, TestIssuer } from './index.ts';

const known = {
  roles: ['ADMIN', 'EDITOR'],
  scopes: ['read', 'write'],
  services: ['shop', 'till'],
  attributes: { level: 'number' },
} as const;

const signedIn = (rule: object): Access['who'] => ({ case: 'signedIn', value: create(SignedInSchema, rule) });
const all = {
  anyRole: ['ADMIN', 'EDITOR'],
  minReputation: 15,
  scopes: ['read', 'write'],
  attributes: [{ name: 'level', min: 3 }],
  freshClaims: true,
};
type Rpcs = Parameters<typeof contractOf>[1];

const rpcs = (strict: object): Rpcs => ({
  Open: { rule: { who: { case: 'anyone', value: true }, callers: ['shop'] } },
  Own: { rule: { who: { case: 'service', value: true }, callers: ['till'] } },
  Pay: { rule: { who: signedIn(strict), callers: ['shop'] } },
  Watch: { kind: 'server', rule: { who: signedIn(strict), callers: ['shop', 'till'] } },
});

let issuer: TestIssuer;
let authority: TestAuthority;
let identities: Map<string, CertificateWatch>;
let close: (() => void)[] = [];

beforeAll(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  issuer = await TestIssuer.start({ audience: ['invoice'] });
  authority = await TestAuthority.start('acme.example');
  identities = new Map(
    await Promise.all(['shop', 'till', 'invoice'].map(async (name) => [name, await authority.identityOf(name)] as const)),
  );
});
afterEach(() => {
  for (const end of close) end();
  close = [];
});
afterAll(async () => {
  await Promise.all([authority.stop(), issuer.stop()]);
  jest.restoreAllMocks();
});

const identityOf = (name: string) => identities.get(name) as CertificateWatch;

/** Starts a service that enforces these rules. Returns its address. */
async function serve(rules: Rpcs): Promise<string> {
  const contract = contractOf('Shop', rules);
  const trusted = {
    url: issuer.url,
    mapClaims: (claims: Record<string, unknown>) => ({
      ...reputableClaims(claims),
      attributes: typeof claims.level === 'number' ? { level: claims.level } : {},
    }),
    exampleClaims: { ...EXAMPLE, level: 3 },
  };
  const issuers = new Issuers(trusted, { service: 'invoice', attributes: known.attributes });
  const tokens = new TokenVerifier(new JwtStrategy(issuers, UNTIL_EXPIRY));
  const peers = new PeerReader('acme.example', identityOf('invoice'));
  const server = new Server({ interceptors: [new AccessServerInterceptor(rulesOf([contract], known), peers, tokens).intercept] });
  const refuse = { code: status.INVALID_ARGUMENT, details: 'text is empty' };
  server.addService(serviceDefinition(contract), {
    Open: (_call: unknown, answer: (error: object) => void) => answer(refuse),
    Own: (_call: unknown, answer: (error: null, value: object) => void) => answer(null, {}),
    Pay: (_call: unknown, answer: (error: object) => void) => answer(refuse),
    Watch: (call: { write(value: object): void }) => {
      call.write({});
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('localhost:0', serverCredentials(identityOf('invoice')), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  close.push(() => server.forceShutdown());
  return `localhost:${port}`;
}

const EXAMPLE = {
  ...{ sub: '0193e4a1-0000-7000-8000-000000000001', sid: '0193e4a1-0000-7000-8000-000000000002', client_id: 'web' },
  ...{ jti: 'j', iat: 1, scope: '', roles: [], reputation: 1 },
};

const matrixOf = (rules: Rpcs, url: string) =>
  rulesMatrix({
    serves: [contractOf('Shop', rules)],
    known,
    service: 'invoice',
    url: () => url,
    tokenFor: (user) => issuer.tokenFor(user),
    identityOf,
  });

const failuresOf = async (matrix: ReturnType<typeof rulesMatrix>) => {
  const outcomes = await Promise.all(
    matrix.map(({ run }) =>
      run().then(
        () => [],
        (error: unknown) => [(error as Error).message],
      ),
    ),
  );
  return outcomes.flat();
};

describe('rulesMatrix', () => {
  it('has each rpc for nobody, a sufficient user, one who lacks each single thing, a forged token and another service', () => {
    expect(matrixOf(rpcs(all), '').map(({ rpc, who, expected }) => `${rpc.split('/')[1]}: ${who}: ${expected}`)).toEqual([
      'Open: nobody, called by shop: allowed',
      'Open: a sufficient user, called by shop: allowed',
      'Open: a forged token, called by shop: TOKEN_INVALID',
      'Open: a sufficient user, called by till: CALLER_NOT_ALLOWED',
      'Own: nobody, called by till: allowed',
      'Own: a sufficient user, called by till: allowed',
      'Own: a forged token, called by till: allowed',
      'Own: a sufficient user, called by shop: CALLER_NOT_ALLOWED',
      ...['Pay', 'Watch'].flatMap((rpc) => [
        `${rpc}: nobody, called by shop: TOKEN_MISSING`,
        `${rpc}: a sufficient user, called by shop: allowed`,
        `${rpc}: a forged token, called by shop: TOKEN_INVALID`,
        `${rpc}: a user whose claims are a minute old, called by shop: CLAIMS_TOO_OLD`,
        `${rpc}: a user without the role, called by shop: ROLE_MISSING`,
        `${rpc}: a user one reputation short, called by shop: REPUTATION_TOO_LOW`,
        `${rpc}: a user without the scope read, called by shop: SCOPE_MISSING`,
        `${rpc}: a user without the scope write, called by shop: SCOPE_MISSING`,
        `${rpc}: a user without the attribute level, called by shop: ATTRIBUTE_INSUFFICIENT`,
        ...(rpc === 'Pay' ? ['Pay: a sufficient user, called by till: CALLER_NOT_ALLOWED'] : []),
      ]),
    ]);
  });

  it('passes for a service that enforces its rules', async () => {
    expect(await failuresOf(matrixOf(rpcs(all), await serve(rpcs(all))))).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    [
      'freshness',
      { ...all, freshClaims: false },
      ['a user whose claims are a minute old: expected CLAIMS_TOO_OLD, but the call was allowed.'],
    ],
    ['role', { ...all, anyRole: [] }, ['a user without the role: expected ROLE_MISSING, but the call was allowed.']],
    ['reputation', { ...all, minReputation: 14 }, ['a user one reputation short: expected REPUTATION_TOO_LOW, but the call was allowed.']],
    ['scope', { ...all, scopes: ['write'] }, ['a user without the scope read: expected SCOPE_MISSING, but the call was allowed.']],
    [
      'attribute',
      { ...all, attributes: [] },
      ['a user without the attribute level: expected ATTRIBUTE_INSUFFICIENT, but the call was allowed.'],
    ],
    ['stricter rule', { ...all, minReputation: 16 }, ['a sufficient user: expected allowed, but the call was REPUTATION_TOO_LOW.']],
  ])('fails for a service with another %s', async (_name, enforced, messages) => {
    const failures = await failuresOf(matrixOf(rpcs(all), await serve(rpcs(enforced))));
    for (const message of messages) {
      for (const rpc of ['Pay', 'Watch']) expect(failures).toContain(`test.echo.v1.Shop/${rpc}, called by shop for ${message}`);
    }
  });

  it('refuses a contract with an rpc without a rule', () => {
    expect(() => matrixOf({ ...rpcs(all), Open: {} }, '')).toThrow('test.echo.v1.Shop/Open has no access rule.');
  });

  it('fails for a service that does not answer', async () => {
    const [failure] = await failuresOf(matrixOf(rpcs(all), 'localhost:1').slice(0, 1));
    expect(failure).toMatch(/expected allowed, but the call was SERVICE_UNAVAILABLE/);
  });
});

describe('expectRefused', () => {
  it('returns the error, or says what became of the call', async () => {
    const url = await serve(rpcs(all));
    const { client, close: end } = openClient({ contract: contractOf('Shop', rpcs(all)), service: 'invoice', url }, identityOf('shop'));
    close.push(end);
    const { pay } = client as unknown as { pay: (request: object) => Promise<unknown> };
    expect(await expectRefused(pay({}), 'TOKEN_MISSING')).toMatchObject({ message: 'Log in first: this needs an access token.' });
    await expect(expectRefused(pay({}), 'ROLE_MISSING')).rejects.toThrow(
      'Expected the call to be refused with ROLE_MISSING, but it failed with TOKEN_MISSING: Log in first: this needs an access token.',
    );
    await expect(expectRefused(Promise.resolve(), 'ROLE_MISSING')).rejects.toThrow('but it succeeded.');
    await expect(expectRefused(Promise.reject(new TypeError('a bug')), 'ROLE_MISSING')).rejects.toThrow('a bug');
  });
});
