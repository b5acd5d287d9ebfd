#!/usr/bin/env bash
# A refresh that asks oidc-provider for a wrong resource consumes the refresh token
#
# Package:  oidc-provider 9.13.3
# Expected: The provider validates the request, answers 400 `invalid_target` (RFC 8707, section 2) and leaves the refresh
#           token as it was. It does so for a wrong scope.
# Seen:     The provider checks the scope before it rotates the refresh token and the resource after it. The answer to the
#           wrong resource is 400, without the new token. The next refresh, without an error in it, gets `invalid_grant`,
#           and the provider revokes the grant.
# Matters:  One deployment of a client with a mistyped or not yet granted resource logs its users out instead of failing
#           until it is corrected. The logs show token reuse, which suggests theft.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact oidc-provider@9.13.3 >/dev/null

cat >probe.js <<'JS'
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

setTimeout(() => process.exit(2), 40_000).unref();
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secret = 'a-secret-of-thirty-two-characters';
const POSTS = 'https://posts.example';
const MAIL = 'https://mail.example';
const provider = new Provider('http://127.0.0.1', {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: '1' }] },
  cookies: { keys: ['a cookie key'] },
  clients: [
    {
      client_id: 'web',
      client_secret: secret,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://web.example/callback'],
    },
  ],
  rotateRefreshToken: true,
  ttl: { AccessToken: 60, Grant: 600, IdToken: 60, Interaction: 60, RefreshToken: 600, Session: 600 },
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => POSTS,
      getResourceServerInfo: () => ({ scope: 'read', accessTokenFormat: 'opaque', accessTokenTTL: 60 }),
    },
  },
});
const revoked = [];
provider.on('grant.revoked', (_context, grantId) => revoked.push(grantId));
const server = createServer(provider.callback());
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

/** Issues a refresh token under a grant of its own. */
async function issue() {
  const grant = new provider.Grant({ accountId: 'alice', clientId: 'web' });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(POSTS, 'read');
  return new provider.RefreshToken({
    accountId: 'alice',
    client: await provider.Client.find('web'),
    grantId: await grant.save(),
    gty: 'authorization_code',
    resource: POSTS,
    scope: 'openid offline_access read',
    authTime: Math.floor(Date.now() / 1000),
    iiat: Math.floor(Date.now() / 1000),
    expiresWithSession: false,
  }).save();
}
async function refresh(token, more = {}) {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`web:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, ...more }),
  });
  const { error } = await response.json();
  return error ?? response.status;
}
async function refreshAfter(mistake) {
  const token = await issue();
  const refused = await refresh(token, mistake);
  return { refused, then: await refresh(token), revoked: revoked.splice(0).length };
}

const scope = await refreshAfter({ scope: 'openid write' });
const resource = await refreshAfter({ resource: MAIL });
server.close();
server.closeAllConnections();

console.log('Refresh with a wrong scope, then a correct refresh:   ', scope);
console.log('Refresh with a wrong resource, then a correct refresh:', resource);
const same =
  scope.refused === 'invalid_scope' &&
  scope.then === 200 &&
  scope.revoked === 0 &&
  resource.refused === 'invalid_target' &&
  resource.then === 'invalid_grant' &&
  resource.revoked === 1;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js 2>errors.txt || { code=$?; cat errors.txt >&2; exit "$code"; }
