#!/usr/bin/env bash
# oidc-provider calls extraTokenClaims without a context for a token that is saved outside of a request
#
# Packages: oidc-provider 9.13.3
# Expected: `extraTokenClaims(ctx, token)` has the request's context, as its documentation and its types say.
# Seen:     A token that code of its own creates and saves, `new provider.AccessToken(…).save()`, calls the function with `undefined` as the context. A
#           function that reads `ctx.oidc` throws, and the token is not saved.
# Matters:  Tokens for one's own clients, tests and background work can be issued this way. Read the context as one that may be absent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact oidc-provider@9.13.3 >/dev/null

cat >claims.js <<'JS'
import { Provider } from 'oidc-provider';

const contexts = [];
const provider = new Provider('http://localhost:3000', {
  clients: [{ client_id: 'web', redirect_uris: [], response_types: [], grant_types: [], token_endpoint_auth_method: 'none' }],
  extraTokenClaims(ctx, token) {
    contexts.push(`${token.kind}: ${ctx === undefined ? 'no context' : 'a context'}`);
    return { more: process.argv[2] === 'reads' ? ctx.oidc.uid : 'yes' };
  },
});
const client = await provider.Client.find('web');
const token = new provider.AccessToken({ client, accountId: 'ada', scope: 'openid' });
await token.save().then(
  () => console.log(contexts.join(', ')),
  (error) => console.log(`not saved: ${error.name}`),
);
JS

seen=$(node claims.js | tail -n 1)
broken=$(node claims.js reads | tail -n 1)
printf '%s\nwith a function that reads ctx.oidc: %s\n' "$seen" "$broken"
if [ "$seen" = 'AccessToken: no context' ] && [ "$broken" = 'not saved: TypeError' ]; then
  echo 'Finding confirmed.'
else
  echo 'The behaviour has changed.'
  exit 1
fi
