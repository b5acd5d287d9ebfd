import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@reputable/service';
import { z } from 'zod';
import { tokenIssuers } from './token-issuers.field.ts';
import { TokenIssuers } from './token-issuers.ts';
import type { Throttle } from '../throttle/throttle.ts';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const GOOD = { id: 'acme', kind: 'keycloak', realm: 'https://sso.example.com/realms/acme', audience: 'reputable', roles: 'client' };

const read = (value: unknown) =>
  readConfig(z.object({ TOKEN_ISSUERS: tokenIssuers() }), { TOKEN_ISSUERS: typeof value === 'string' ? value : JSON.stringify(value) })
    .TOKEN_ISSUERS;

describe('TOKEN_ISSUERS', () => {
  it('is empty by default, and lists issuers of every kind', () => {
    expect(read('')).toEqual([]);
    const all = [
      GOOD,
      { id: 'b', kind: 'auth0', domain: 'acme.eu.auth0.com', audience: 'https://api.example.com' },
      { id: 'c', kind: 'entra-id', tenant: 't', audience: 'a', rolesFrom: 'issuer' },
      { id: 'd', kind: 'cognito', region: 'eu-central-1', userPool: 'eu-central-1_A', audience: 'a' },
      { id: 'e', kind: 'ory-hydra', url: 'https://hydra.example.com', audience: 'a', trustedClients: ['web'] },
    ];
    expect(read(all).map(({ id, issuer: { url }, rolesFrom, trustedClients }) => [id, url, rolesFrom, trustedClients])).toEqual([
      ['acme', GOOD.realm, 'reputable', []],
      ['b', 'https://acme.eu.auth0.com/', 'reputable', []],
      ['c', 'https://login.microsoftonline.com/t/v2.0', 'issuer', []],
      ['d', 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_A', 'reputable', []],
      ['e', 'https://hydra.example.com', 'reputable', ['web']],
    ]);
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'TOKEN_ISSUERS must be a JSON array'],
    ['no array', {}, 'TOKEN_ISSUERS must be a JSON array'],
    ['an unknown kind', [{ ...GOOD, kind: 'okta' }], 'TOKEN_ISSUERS.0'],
    ['no kind', [{ ...GOOD, kind: undefined }], 'TOKEN_ISSUERS.0'],
    ['no audience', [{ ...GOOD, audience: undefined }], 'TOKEN_ISSUERS.0.audience is missing: the audience of the tokens'],
    ['no roles', [{ ...GOOD, roles: undefined }], 'TOKEN_ISSUERS.0.roles must be realm or client.'],
    ['an unknown field', [{ ...GOOD, rolesfrom: 'issuer' }], 'TOKEN_ISSUERS.0'],
    ['an id that is no name', [{ ...GOOD, id: 'a:b' }], 'TOKEN_ISSUERS.0.id must have lower-case letters'],
    ['one id twice', [GOOD, { ...GOOD, realm: 'https://b.example' }], 'TOKEN_ISSUERS.1.id is that of another issuer: acme.'],
    ['one issuer twice', [GOOD, { ...GOOD, id: 'b' }], 'TOKEN_ISSUERS.1 is another entry for the issuer'],
  ])('is refused with %s', (_name, value, message) => {
    expect(() => read(value)).toThrow(message);
  });

  it('is refused at the start with options that the library refuses', () => {
    const throttle = {} as Throttle;
    expect(() => new TokenIssuers(read([{ ...GOOD, realm: 'http://sso.example.com' }]), throttle)).toThrow(
      'url must be https, or http on this machine.',
    );
    expect(() => new TokenIssuers(read([{ ...GOOD, maxLifetimeS: 1e9 }]), throttle)).toThrow('maxLifetimeS must be 1 to 86400');
  });
});

describe('introspection', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'introspection-')), 'secret');
  writeFileSync(file, 'a secret\n');
  const CLIENT = { clientId: 'api', clientSecretFile: file };
  const HYDRA = { id: 'h', kind: 'ory-hydra', url: 'https://hydra.example.com', audience: 'a' };
  const settings = (issuer: object) => read([issuer])[0]?.introspection;

  it('is off by default, and has a client or an access token', () => {
    expect(settings(GOOD)).toBeUndefined();
    const credentials = { clientId: 'api', clientSecret: 'a secret' };
    expect(settings({ ...GOOD, introspection: CLIENT })).toEqual({
      credentials,
      signed: false,
      endpoint: undefined,
      tokenPrefix: undefined,
    });
    const more = { endpoint: 'https://admin.example.com/introspect', tokenPrefix: 'ory_at_' };
    expect(settings({ ...HYDRA, introspection: { accessTokenFile: file, ...more } })).toEqual({
      ...{ credentials: { accessToken: 'a secret' }, signed: false },
      ...more,
    });
    expect(settings({ ...HYDRA, introspection: { ...CLIENT, signed: true } })).toMatchObject({
      credentials,
      signed: true,
      tokenPrefix: '',
    });
  });

  it.each<[string, object[], string]>([
    ['no secret', [{ ...GOOD, introspection: { clientId: 'api' } }], '0.introspection.clientSecretFile is missing'],
    ['a missing file', [{ ...GOOD, introspection: { ...CLIENT, clientSecretFile: '/no/such' } }], 'cannot be read (ENOENT)'],
    ['an opaque form of Keycloak, which has none', [{ ...GOOD, introspection: { ...CLIENT, tokenPrefix: 'kc_' } }], '0.introspection'],
    [
      'an issuer without introspection',
      [{ id: 'b', kind: 'auth0', domain: 'a.auth0.com', audience: 'a', introspection: CLIENT }],
      'TOKEN_ISSUERS.0',
    ],
    ['two credentials', [{ ...HYDRA, introspection: { ...CLIENT, accessTokenFile: file } }], 'must have clientId and clientSecretFile, or'],
    ['no credentials', [{ ...HYDRA, introspection: {} }], 'must have clientId and clientSecretFile, or'],
    ['an open endpoint', [{ ...HYDRA, introspection: { ...CLIENT, endpoint: 'http://a.example/i' } }], 'must be an https URL'],
    ['our own prefix', [{ ...HYDRA, introspection: { ...CLIENT, tokenPrefix: 'rpt_' } }], 'is that of our personal access tokens.'],
    [
      'one form for two issuers',
      [
        { ...HYDRA, introspection: { ...CLIENT, tokenPrefix: 'ory_at_' } },
        { ...HYDRA, id: 'i', url: 'https://two.example', introspection: CLIENT },
      ],
      '1.introspection.tokenPrefix must tell the opaque tokens from those of h',
    ],
  ])('is refused with %s', (_name, value, message) => {
    expect(() => read(value)).toThrow(message);
  });
});

describe('events', () => {
  const accessTokenFile = join(mkdtempSync(join(tmpdir(), 'events-')), 'token');
  writeFileSync(accessTokenFile, 'a token\n');
  const eventsOf = (events?: object) => read([events ? { ...GOOD, events } : GOOD])[0]?.events;

  it('are off by default, and need an audience', () => {
    expect(eventsOf()).toBeUndefined();
    expect(eventsOf({ audience: 'reputable' })).toEqual({
      audience: ['reputable'],
      bearer: undefined,
      poll: undefined,
      transmitter: undefined,
    });
    expect(eventsOf({ audience: ['reputable', 'web'] })).toMatchObject({ audience: ['reputable', 'web'] });
    const polled = { audience: 'a', poll: { endpoint: 'https://a.example/poll', accessTokenFile } };
    expect(eventsOf(polled)?.poll).toEqual({ endpoint: 'https://a.example/poll', accessToken: 'a token', intervalS: 10 });
    for (const wrong of [
      { endpoint: 'http://a.example/poll' },
      { intervalS: 0 },
      { intervalS: 4_000 },
      { accessTokenFile: '/no/such' },
      { x: 1 },
    ]) {
      expect(() => eventsOf({ ...polled, poll: { ...polled.poll, ...wrong } })).toThrow('TOKEN_ISSUERS.0.events.poll');
    }
    const transmitter = { issuer: 'https://ssf.example', jwksUri: 'https://ssf.example/jwks' };
    expect(eventsOf({ audience: 'a', transmitter })).toMatchObject({ transmitter });
    for (const wrong of [{ issuer: '' }, { jwksUri: undefined }, { jwksUri: 'http://ssf.example/jwks' }, { x: 1 }]) {
      expect(() => eventsOf({ audience: 'a', transmitter: { ...transmitter, ...wrong } })).toThrow('TOKEN_ISSUERS.0.events.transmitter');
    }
    const another = (audience: string) => ({ ...GOOD, id: 'b', realm: 'https://b.example', events: { audience, transmitter } });
    const first = { ...GOOD, events: { audience: ['a', 'b'], transmitter } };
    expect(read([first, another('c')])).toHaveLength(2);
    const ours = { ...GOOD, id: 'c', realm: transmitter.issuer, events: { audience: 'c' } };
    expect(() => read([another('c'), ours])).toThrow('1.events.audience must be another one than that of b');
    expect(() => read([first, another('b')])).toThrow('1.events.audience must be another one than that of acme');
    const WRONG = [{}, { audience: '' }, { audience: [] }, { audience: 'a', bearerFile: '/no/such' }, { audience: 'a', bearer: 'x' }];
    for (const wrong of WRONG) {
      expect(() => eventsOf(wrong)).toThrow('TOKEN_ISSUERS.0.events');
    }
  });
});
