import { expect, it } from '@jest/globals';
import { clientMetadata, InvalidClient, type NewClient } from './client-metadata.ts';

const APP: NewClient = {
  name: 'Weekly Digest',
  kind: 'confidential',
  redirectUris: ['https://a.example/'],
  postLogoutRedirectUris: [],
  scopes: ['openid'],
};

const metadata = (client: Partial<NewClient>) => clientMetadata('digest', { ...APP, ...client }, 'a hash');

it('are what the authorization server takes', async () => {
  expect(await metadata({})).toMatchObject({ client_id: 'digest', redirect_uris: APP.redirectUris, scope: 'openid' });
});

it.each([
  ['a machine that is sent somewhere', { kind: 'machine' }, 'A machine has no redirect URI'],
  ['nowhere to send people', { redirectUris: [] }, 'A client with users needs a redirect URI.'],
  ['http', { redirectUris: ['http://digest.example/'] }, 'must be https'],
  ['a pattern', { redirectUris: ['https://*.digest.example/'] }, 'without wildcards'],
  ['a name', { redirectUris: ['https://me@digest.example/'] }, 'must not contain a user name or a password'],
  ['a fragment', { redirectUris: ['https://digest.example/#here'] }, 'redirect_uris must not contain fragments'],
  ['an own scheme', { redirectUris: ['myapp:/callback'] }, 'must be https'],
  ['a relative URI', { redirectUris: ['callback'] }, 'callback is not an absolute URL'],
  ['a scope that is none', { scopes: ['openid', 'admin'] }, 'Unknown scope: admin. Known scopes: openid, profile, email, api.'],
  ['http after logging out', { postLogoutRedirectUris: ['http://a.example/'] }, 'must be https'],
] satisfies [string, Partial<NewClient>, string][])('are refused with %s', async (_, client, says) => {
  const refused = metadata(client);
  await expect(refused).rejects.toBeInstanceOf(InvalidClient);
  await expect(refused).rejects.toThrow(says);
});
