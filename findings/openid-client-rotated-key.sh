#!/usr/bin/env bash
# For up to a minute after a provider has replaced its signing key, openid-client refuses its ID tokens
#
# Packages: openid-client 6.8.9, oauth4webapi 3.8.8, jose 6.2.17
# Expected: An ID token with an unknown `kid` makes the client fetch the key set again, at once.
# Seen:     With `enableNonRepudiationChecks`, a Configuration keeps the key set for five minutes, and an unknown `kid` is looked for only once
#           the kept set is 60 seconds old. Until then `authorizationCodeGrant` fails with "no applicable keys found", and the code is used up,
#           so every log-in fails. Neither age is documented, and neither can be set.
# Matters:  A provider that signs with its new key as soon as it is published locks users out for up to a minute. A new Configuration of the same
#           metadata begins with an empty cache.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact openid-client@6.8.9 oauth4webapi@3.8.8 jose@6.2.17 >/dev/null

cat >log-in.js <<'JS'
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createServer } from 'node:http';
import * as openid from 'openid-client';

let [key, kid, fetches] = [await generateKeyPair('ES256'), 'first', 0];

const idToken = () =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuer(issuer)
    .setSubject('user')
    .setAudience('client')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key.privateKey);

const metadata = () => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  id_token_signing_alg_values_supported: ['ES256'],
});

const answers = {
  '/jwks': async () => ({ keys: [{ ...(await exportJWK(key.publicKey)), kid, alg: 'ES256', use: 'sig' }] }),
  '/token': async () => ({ access_token: 'token', token_type: 'bearer', id_token: await idToken() }),
};

const provider = createServer(async (request, response) => {
  if (request.url === '/jwks') fetches += 1;
  const body = await (answers[request.url] ?? metadata)();
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
});
await new Promise((listening) => provider.listen(0, listening));
const issuer = `http://localhost:${provider.address().port}`;

const options = { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] };
const config = await openid.discovery(new URL(issuer), 'client', 'secret', openid.ClientSecretBasic('secret'), options);
const logIn = () =>
  openid
    .authorizationCodeGrant(config, new URL('http://localhost/callback?code=x'), { idTokenExpected: true, pkceCodeVerifier: 'v'.repeat(43) })
    .then(
      () => 'accepted',
      (error) => error.message,
    );

console.log(`with the first key: ${await logIn()}`);
[key, kid] = [await generateKeyPair('ES256'), 'second'];
console.log(`with the second key: ${await logIn()}`);
console.log(`fetches of the key set: ${fetches}`);
process.exit(0);
JS

output=$(node log-in.js)
echo "$output"
if [[ "$output" == *'first key: accepted'* && "$output" == *'second key: '*'no applicable keys'* && "$output" == *'set: 1' ]]; then
  echo 'Finding confirmed.'
else
  echo 'The behaviour has changed.'
  exit 1
fi
