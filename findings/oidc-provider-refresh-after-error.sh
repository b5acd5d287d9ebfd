#!/usr/bin/env bash
# oidc-provider revokes the grant when a client retries a refresh that failed with 500
#
# Package:  oidc-provider 9.13.3
# Expected: A refresh that ends in 500 changes nothing, so the client retries it with the same refresh token. RFC 9700,
#           section 4.14.2, treats the reuse of a token as theft only after the server has rotated it.
# Seen:     With `rotateRefreshToken: true` the provider consumes the old token and stores the new one before it builds the
#           access token. If the adapter fails to store the access token, the client gets 500 and never receives the new
#           refresh token. Its retry looks like reuse: `invalid_grant`, and the provider revokes the whole grant.
# Matters:  A database outage of a second ends the sessions of the users whose clients refresh in that second and retry.
#           The logs show token reuse, which suggests theft. A client that stops after a 500 loses the session as well: it
#           holds no refresh token that works.
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
let failing;
const tables = new Map();
class Adapter {
  constructor(name) {
    this.name = name;
    if (!tables.has(name)) tables.set(name, new Map());
    this.rows = tables.get(name);
  }
  async upsert(id, payload) {
    if (failing === this.name) throw new Error('The database is not reachable.');
    this.rows.set(id, payload);
  }
  async find(id) {
    return structuredClone(this.rows.get(id));
  }
  async consume(id) {
    this.rows.get(id).consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) {
    this.rows.delete(id);
  }
  async revokeByGrantId(grantId) {
    for (const [id, payload] of this.rows) if (payload.grantId === grantId) this.rows.delete(id);
  }
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secret = 'a-secret-of-thirty-two-characters';
const provider = new Provider('http://127.0.0.1', {
  adapter: Adapter,
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
  features: { devInteractions: { enabled: false } },
});
const revoked = [];
provider.on('grant.revoked', (_context, grantId) => revoked.push(grantId));
const server = createServer(provider.callback());
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const grant = new provider.Grant({ accountId: 'alice', clientId: 'web' });
grant.addOIDCScope('openid offline_access');
const grantId = await grant.save();
const first = await new provider.RefreshToken({
  accountId: 'alice',
  client: await provider.Client.find('web'),
  grantId,
  gty: 'authorization_code',
  scope: 'openid offline_access',
  authTime: Math.floor(Date.now() / 1000),
  iiat: Math.floor(Date.now() / 1000),
  expiresWithSession: false,
}).save();
async function refresh(token) {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`web:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
  });
  const { error, refresh_token: next } = await response.json();
  return { status: response.status, error, next };
}

const good = await refresh(first);
failing = 'AccessToken';
const failed = await refresh(good.next);
failing = undefined;
const retried = await refresh(good.next);
server.close();
server.closeAllConnections();

console.log('Refresh:                                  ', good.status);
console.log('Refresh while access tokens are not stored:', failed.status, failed.error);
console.log('Retry with the same refresh token:         ', retried.status, retried.error);
console.log('Grants revoked:                            ', revoked.length);
const same = good.status === 200 && failed.status === 500 && retried.error === 'invalid_grant' && revoked.includes(grantId);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js 2>errors.txt || { code=$?; cat errors.txt >&2; exit "$code"; }
