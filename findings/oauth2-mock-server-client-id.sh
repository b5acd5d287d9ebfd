#!/usr/bin/env bash
# A client id with a hyphen makes openid-client refuse the ID tokens of oauth2-mock-server
#
# Packages: oauth2-mock-server 9.3.0, openid-client 6.8.9
# Expected: The client id in HTTP basic authentication is form-encoded (RFC 6749 §2.3.1). The server decodes it, and the ID token's `aud` is
#           the client id.
# Seen:     openid-client encodes every character but letters and digits, so `my-client` is sent as `my%2Dclient`. The server puts the encoded
#           text into `aud`, and openid-client refuses the ID token. The client id `myclient` works.
# Matters:  Tests pass until a client id contains a hyphen, as the ids of many providers do. Use letters and digits with this server, or
#           correct `aud` in its event `beforeTokenSigning`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact oauth2-mock-server@9.3.0 openid-client@6.8.9 >/dev/null

cat >log-in.js <<'JS'
import { OAuth2Server } from 'oauth2-mock-server';
import * as openid from 'openid-client';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, 'localhost');

/** Logs in as this client. Prints the audience of the ID token, accepted or not. */
async function logIn(id) {
  const options = { execute: [openid.allowInsecureRequests] };
  const config = await openid.discovery(new URL(server.issuer.url), id, 'secret', openid.ClientSecretBasic('secret'), options);
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: 'http://localhost/callback',
    scope: 'openid',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const landed = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location'));
  return openid.authorizationCodeGrant(config, landed, { pkceCodeVerifier: verifier, idTokenExpected: true }).then(
    (tokens) => `accepted, aud ${tokens.claims().aud}`,
    (error) => `refused, aud ${error.cause?.cause?.claims?.aud}`,
  );
}

for (const id of ['myclient', 'my-client']) console.log(`${id}: ${await logIn(id)}`);
await server.stop();
JS

output=$(node log-in.js)
echo "$output"
if [ "$output" = $'myclient: accepted, aud myclient\nmy-client: refused, aud my%2Dclient' ]; then
  echo 'Finding confirmed.'
else
  echo 'The behaviour has changed.'
  exit 1
fi
