import { expect, it, jest } from '@jest/globals';
import { clientMetadata, InvalidClient, type NewClient } from './client-metadata.ts';

const APP: NewClient = {
  name: 'Weekly Digest',
  kind: 'confidential',
  redirectUris: ['https://a.example/'],
  postLogoutRedirectUris: [],
  scopes: ['openid'],
};

const metadata = (client: Partial<NewClient>) => clientMetadata('digest', { ...APP, ...client }, 'a hash');

it('accepts a valid client, without a warning of oidc-provider', async () => {
  const warn = jest.spyOn(console, 'warn');
  expect(await metadata({})).toMatchObject({ client_id: 'digest', redirect_uris: APP.redirectUris, scope: 'openid' });
  expect(warn).not.toHaveBeenCalled();
});

it('accepts a machine', async () => {
  expect(await metadata({ kind: 'machine', redirectUris: [] })).toMatchObject({ grant_types: ['client_credentials'], redirect_uris: [] });
});

it.each([
  ['a redirect URI of a machine', { kind: 'machine' }, 'A machine has no redirect URI'],
  ['no redirect URI', { redirectUris: [] }, 'A client with users needs a redirect URI.'],
  ['http', { redirectUris: ['http://digest.example/'] }, 'must be https'],
  ['a wildcard', { redirectUris: ['https://*.digest.example/'] }, 'without wildcards'],
  ['a user name', { redirectUris: ['https://me@digest.example/'] }, 'must not contain a user name or a password'],
  ['a fragment', { redirectUris: ['https://digest.example/#here'] }, 'redirect_uris must not contain fragments'],
  ['a private URI scheme', { redirectUris: ['myapp:/callback'] }, 'must be https'],
  ['a relative URI', { redirectUris: ['callback'] }, 'callback is not an absolute URL'],
  ['an unknown scope', { scopes: ['openid', 'admin'] }, 'Unknown scope: admin. Known scopes: openid, profile, email, posts:read, '],
  ['a scope of our own clients', { scopes: ['openid', 'account'] }, 'Unknown scope: account.'],
  ['the former scope of the API', { scopes: ['api'] }, 'Unknown scope: api.'],
  ['http after log-out', { postLogoutRedirectUris: ['http://a.example/'] }, 'must be https'],
] satisfies [string, Partial<NewClient>, string][])('refuses a client with %s', async (_, client, says) => {
  const refused = metadata(client);
  await expect(refused).rejects.toBeInstanceOf(InvalidClient);
  await expect(refused).rejects.toThrow(says);
});
