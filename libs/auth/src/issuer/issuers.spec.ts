import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aUser, TestIssuer } from '../testing/index.ts';
import type { IssuerOptions } from './issuer-options.ts';
import { Issuers, type TrustedIssuers } from './issuers.ts';
import { auth0 } from './auth0.ts';
import { keycloak } from './keycloak.ts';

const url = 'https://auth.example.com';
const mapClaims = ({ sub }: Record<string, unknown>) => ({ id: sub as string, roles: [], scopes: [] });
const trust = (trusted: TrustedIssuers, more: object = {}) => new Issuers(trusted, { service: 'shop', ...more });
const faultOf = (...args: Parameters<typeof trust>) => {
  try {
    trust(...args);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

let warn: jest.SpiedFunction<Logger['warn']>;
beforeEach(() => {
  warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => warn.mockRestore());

describe('a service does not start with an issuer', () => {
  it.each<[string, Partial<IssuerOptions> & Record<string, unknown>, string]>([
    ['over http', { url: 'http://auth.example.com' }, 'url must be https, or http on this machine.'],
    ['that is no URL', { url: 'auth.example.com' }, 'url must be https, or http on this machine.'],
    [
      'with keys over http',
      { keys: { jwksUri: new URL('http://auth.example.com/jwks') } },
      'keys.jwksUri must be https, or http on this machine: http://auth.example.com/jwks.',
    ],
    ['with no algorithm', { algorithms: [] }, 'algorithms is empty: list at least one of ES256, ES384, EdDSA, RS256, PS256.'],
    ['with none', { algorithms: ['none'] as never }, 'algorithms lists none, which is none of ES256, ES384, EdDSA, RS256, PS256.'],
    [
      'with HMAC',
      { algorithms: ['ES256', 'HS256'] as never },
      'algorithms lists HS256, which is none of ES256, ES384, EdDSA, RS256, PS256.',
    ],
    ['with an unknown typ', { types: ['id+jwt'] as never }, 'types lists id+jwt, which is none of at+jwt, JWT, absent.'],
    ['with tokens of a week', { maxLifetimeS: 604_800 }, 'maxLifetimeS must be 1 to 86400, not 604800.'],
    ['without a lifetime', { maxLifetimeS: NaN }, 'maxLifetimeS must be 1 to 86400, not NaN.'],
    ['with a skew of an hour', { clockSkewS: 3_600 }, 'clockSkewS must be 0 to 60, not 3600.'],
    ['with an empty audience', { audience: '' }, 'audience is empty.'],
    ['with a namespace that holds a colon', { namespace: 'a:b' }, 'namespace must be 1 to 50 letters, digits, - or _.'],
    [
      'with claims loaded once an hour',
      { claimsSource: { maxAgeMs: 3_600_000, load: () => Promise.resolve({}) } },
      'claimsSource.maxAgeMs must be 1000 to 300000, not 3600000.',
    ],
    ['with a mapping and no example', { mapClaims }, 'exampleClaims is missing: with mapClaims, add the claims of one of its tokens.'],
    [
      'whose mapping throws',
      {
        mapClaims: () => {
          throw new Error('no team');
        },
        exampleClaims: {},
      },
      'mapClaims does not map exampleClaims: no team',
    ],
  ])('%s', (_name, options, fault) => {
    expect(faultOf({ url, ...options })).toBe(`The issuer ${options.url ?? url}: ${fault}`);
  });

  it.each<[string, object]>([
    ['no id', {}],
    ['an empty id', { sub: '' }],
    ['an id that is a number', { sub: 7 }],
  ])('whose mapping returns %s', (_name, exampleClaims) => {
    expect(faultOf({ url, mapClaims, exampleClaims: { ...exampleClaims } })).toMatch(/mapClaims does not map exampleClaims: [^]*"id"/);
  });

  it('whose mapping returns an attribute that no rule can name', () => {
    const options = { url, exampleClaims: {}, mapClaims: () => ({ id: '1', roles: [], scopes: [], attributes: { level: 3 } }) };
    expect(faultOf(options)).toContain('mapClaims returns the attribute level, which known.attributes does not list.');
    expect(faultOf(options, { attributes: { level: 'texts' } })).toContain('which known.attributes lists as texts, in another form.');
    expect(faultOf(options, { attributes: { level: 'number' } })).toBeUndefined();
  });

  it('that is one of none, of two with one URL, or of two whose users could be confused', () => {
    expect(faultOf([])).toBe('issuer is an empty list: no token could be accepted.');
    expect(faultOf([{ url }, { url, namespace: 'b' }])).toBe(`The issuer ${url} is listed twice.`);
    expect(faultOf([{ url }, { url: `${url}/b` }])).toBe(
      `Set namespace for all but one of these issuers, or a sub of theirs is one user: ${url}, ${url}/b.`,
    );
    const named = (path: string) => ({ url: url + path, namespace: 'a' });
    expect(faultOf([named('/a'), named('/b')])).toBe('Two issuers have the namespace a.');
  });

  it('and hears of all faults at once', () => {
    expect(faultOf({ url, maxLifetimeS: 0, clockSkewS: -1 })?.split('\n')).toHaveLength(2);
  });
});

describe('at start, the log names', () => {
  const weakeningsOf = async (trusted: TrustedIssuers) => {
    await trust(trusted).discover();
    return warn.mock.calls.flatMap(([line]) => (line as { weakenings?: string[] }).weakenings ?? []);
  };
  const keys = { jwks: { keys: [] } };

  it('nothing for the defaults, and for stricter options', async () => {
    expect(await weakeningsOf([{ url, keys, maxLifetimeS: 60, clockSkewS: 0, types: ['at+jwt'], algorithms: ['ES256'] }])).toEqual([]);
  });

  it('each weakening', async () => {
    expect(await weakeningsOf(keycloak({ realm: url, audience: 'shop', roles: 'realm', keys }))).toEqual([
      'algorithms RS256 (default ES256)',
      'typ JWT (default at+jwt)',
    ]);
    expect(await weakeningsOf({ ...auth0({ domain: 'a.example.com', audience: 'api', keys }), clockSkewS: 60 })).toEqual(
      expect.arrayContaining([
        'audience api (default shop)',
        'lifetime up to 86400 s (default 300 s)',
        'clock skew up to 60 s (default 5 s)',
      ]),
    );
  });
});

describe('discovery', () => {
  let server: Server;
  let answers: Record<string, unknown>;
  let asked: string[];
  let base: string;
  let jwk: object;
  let token: (iss: string) => Promise<string>;
  let issuer: TestIssuer;

  beforeEach(async () => {
    issuer = await TestIssuer.start({ audience: ['shop'] });
    jwk = await issuer.publicJwk();
    token = (iss) => issuer.tokenFor(aUser(), { iss });
    asked = [];
    const answer: RequestListener = ({ url: path = '' }, response) => {
      asked.push(path);
      if (path in answers) response.end(JSON.stringify(answers[path]));
      else response.writeHead(404).end();
    };
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await issuer.stop();
  });

  it.each([
    ['OpenID Connect Discovery', '/realms/acme/.well-known/openid-configuration', '/realms/acme'],
    ['RFC 8414', '/.well-known/oauth-authorization-server/realms/acme', '/realms/acme'],
    ['RFC 8414 at the root, with a slash', '/.well-known/oauth-authorization-server', '/'],
  ])('finds the keys by %s', async (_name, metadata, path) => {
    const iss = base + path;
    answers = { [metadata]: { issuer: iss, jwks_uri: `${base}/keys` }, '/keys': { keys: [jwk] } };
    const issuers = trust(iss);
    await issuers.discover();
    expect((await issuers.verify(await token(iss))).user.issuer).toBe(iss);
  });

  it('stops the start if the metadata is that of another issuer', async () => {
    answers = { '/.well-known/openid-configuration': { issuer: 'https://evil.example', jwks_uri: `${base}/keys` } };
    await expect(trust(base).discover()).rejects.toThrow(
      `The issuer ${base}: its metadata names another issuer, https://evil.example. Set url to the exact iss of its tokens.`,
    );
  });

  it('stops the start if the keys are over http on another machine', async () => {
    answers = { '/.well-known/openid-configuration': { issuer: base, jwks_uri: 'http://keys.example.com/' } };
    await expect(trust(base).discover()).rejects.toThrow('its jwks_uri must be https, or http on this machine: http://keys.example.com/.');
  });

  it('of an issuer that is down does not stop the start; its tokens are refused until it is back', async () => {
    answers = {};
    const issuers = trust({ url: base, keys: { cooldownMs: 0 } });
    await issuers.discover();
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ msg: expect.stringContaining('issuer metadata not available') }));
    await expect(issuers.verify(await token(base))).rejects.toThrow('the JWKS cannot be fetched');
    answers = { '/.well-known/openid-configuration': { issuer: base, jwks_uri: `${base}/keys` }, '/keys': { keys: [jwk] } };
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await issuers.verify(await token(base))).user.issuer).toBe(base);
  });

  it('that turns to another issuer later gives no keys', async () => {
    answers = { '/.well-known/openid-configuration': { issuer: base, jwks_uri: `${base}/keys` }, '/keys': { keys: [jwk] } };
    const issuers = trust({ url: base, keys: { maxStaleMs: 0, cooldownMs: 0, maxAgeMs: 0 } });
    await issuers.discover();
    answers['/.well-known/openid-configuration'] = { issuer: 'https://evil.example', jwks_uri: `${base}/keys` };
    await expect(issuers.verify(await token(base))).rejects.toThrow('the JWKS cannot be fetched');
  });

  it('is not needed for keys that are given', async () => {
    answers = {};
    const issuers = trust({ url: base, keys: { jwks: { keys: [jwk] } } });
    await issuers.discover();
    expect((await issuers.verify(await token(base))).user.issuer).toBe(base);
    expect(asked).toEqual([]);
  });

  it('does not accept a private key among those that are given', () => {
    expect(() => trust({ url, keys: { jwks: { keys: [{ kty: 'EC', d: 'AAAA' }] } } })).toThrow('private or secret keys');
  });
});
