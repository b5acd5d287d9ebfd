import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@reputable/service';
import { browserSessionOptions } from './browser-session/options.ts';
import { Config } from './config.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const REQUIRED = {
  TLS_DIR: '/run/tls',
  ISSUER: 'https://auth.example.com',
  ...{ AUTH_URL: 'auth:1', USER_URL: 'user:1', POST_URL: 'post:1', COMMENT_URL: 'comment:1' },
  ...{ OIDC_CLIENT_SECRET: KEY, SESSION_ENCRYPTION_KEY: KEY },
};
const SERVER = 'https://sso.example.com/realms/acme';
const OTHER = { AUTHORIZATION_SERVER: SERVER, AUTHORIZATION_SERVER_CLIENT_SECRET: 'secret', ISSUER_TOKENS: 'true' };

const read = (env: Record<string, string | undefined>) => readConfig(Config, { ...REQUIRED, ...env });
const optionsWith = (env: Record<string, string | undefined>) => browserSessionOptions(read(env));

it('the tokens inside are JWTs by default, and nothing but jwt or txn', () => {
  expect([read({}).TOKENS_INSIDE, read({ TOKENS_INSIDE: 'txn' }).TOKENS_INSIDE]).toEqual(['jwt', 'txn']);
  expect(() => read({ TOKENS_INSIDE: 'none' })).toThrow('TOKENS_INSIDE must be jwt or txn.');
});

it.each(['-1', '60001', 'long'])('a warm-up of "%s" ms is refused', (value) => {
  expect(() => read({ WARM_UP_MS: value })).toThrow('WARM_UP_MS must be a number of milliseconds: 0 to 60000.');
});

describe('the authorization server at which browsers log in', () => {
  it('is our own by default', () => {
    expect(optionsWith({})).toMatchObject({
      ...{ issuer: 'https://auth.example.com/oidc', backChannel: 'https://auth.example.com/oidc', isForeign: false },
      ...{
        clientId: 'gateway',
        clientSecret: KEY,
        scope: expect.stringContaining('openid posts:read'),
        resource: 'http://localhost:3000/graphql',
      },
    });
  });

  it('can be another one, which gets none of our secrets, scopes and resources', () => {
    expect(optionsWith(OTHER)).toMatchObject({
      ...{ issuer: SERVER, backChannel: SERVER, isForeign: true },
      ...{ clientId: 'gateway', clientSecret: 'secret', scope: 'openid', resource: undefined, audience: undefined },
    });
    // The slash at the end of an issuer is part of it.
    expect(optionsWith({ ...OTHER, AUTHORIZATION_SERVER: 'https://acme.eu.auth0.com/' }).issuer).toBe('https://acme.eu.auth0.com/');
    expect(optionsWith({ ...OTHER, AUTHORIZATION_SERVER_URL: 'https://sso.internal/realms/acme' })).toMatchObject({
      ...{ issuer: SERVER, backChannel: 'https://sso.internal/realms/acme' },
    });
  });

  it.each<[Record<string, string | undefined>, string]>([
    [{ ...OTHER, ISSUER_TOKENS: undefined }, 'ISSUER_TOKENS must be true with AUTHORIZATION_SERVER'],
    [{ ...OTHER, AUTHORIZATION_SERVER_CLIENT_SECRET: undefined }, 'AUTHORIZATION_SERVER_CLIENT_SECRET is missing'],
    [{ ...OTHER, AUTHORIZATION_SERVER_CLIENT_SECRET: '' }, 'AUTHORIZATION_SERVER_CLIENT_SECRET is empty'],
    [{ ...OTHER, AUTHORIZATION_SERVER_CLIENT_ID: '' }, 'AUTHORIZATION_SERVER_CLIENT_ID is empty'],
    [{ ...OTHER, AUTHORIZATION_SERVER: 'http://sso.example.com' }, 'AUTHORIZATION_SERVER must be https, unless it is on this machine.'],
    [{ ...OTHER, AUTHORIZATION_SERVER: 'sso' }, 'AUTHORIZATION_SERVER must be a URL'],
    [{ ...OTHER, AUTHORIZATION_SERVER_SCOPE: 'offline_access' }, 'AUTHORIZATION_SERVER_SCOPE must contain openid.'],
    [{ AUTHORIZATION_SERVER_CLIENT_SECRET: 'secret' }, 'AUTHORIZATION_SERVER_CLIENT_SECRET is set without AUTHORIZATION_SERVER.'],
    [{ AUTHORIZATION_SERVER_AUDIENCE: 'api' }, 'AUTHORIZATION_SERVER_AUDIENCE is set without AUTHORIZATION_SERVER.'],
    [{ AUTHORIZATION_SERVER_RESOURCE: 'api' }, 'AUTHORIZATION_SERVER_RESOURCE is set without AUTHORIZATION_SERVER.'],
  ])('stops the start with %j', (env, message) => {
    expect(() => optionsWith(env)).toThrow(message);
  });

  it('is called over https, too', () => {
    expect(() => optionsWith({ ...OTHER, AUTHORIZATION_SERVER_URL: 'http://sso.internal/realms/acme' })).toThrow(
      'AUTHORIZATION_SERVER_URL must be https',
    );
  });
});
