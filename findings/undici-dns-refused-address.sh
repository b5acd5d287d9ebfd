#!/usr/bin/env bash
# With undici's DNS cache, one address that refuses connections fails its share of the requests; without it, no request fails
#
# Packages: undici 8.13.1
# Expected: `interceptors.dns()` "caches DNS lookups so that repeated requests to the same origin reuse the resolved IP address"
#           (docs/docs/api/Interceptors.md of https://github.com/nodejs/undici). Whether a request succeeds does not depend on it: if an
#           address refuses the connection, the next one is tried, as Node does for a name with several addresses.
# Seen:     The name has two IPv4 addresses, and one of them refuses connections. Without the interceptor all requests succeed. With it
#           every second one fails with ECONNREFUSED for as long as the cache lasts. The interceptor tries another address only if
#           that belongs to the other IP family, and it keeps the refused address. The retry interceptor helps if it comes after the
#           DNS interceptor in the list, not before it.
# Matters:  Added to save lookups, the interceptor turns the loss of one instance behind a name into errors for users. A test
#           against a name with one address does not show that. Put `interceptors.retry()` after `interceptors.dns()`, which does not
#           retry POST.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact undici@8.13.1 >/dev/null

cat >probe.js <<'JS'
import { createServer } from 'node:http';
import { Agent, interceptors } from 'undici';

setTimeout(() => process.exit(2), 50_000).unref();
// Each request needs a connection of its own.
const server = createServer((request, response) => response.setHeader('connection', 'close').end());
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://api.example:${server.address().port}`;

const REQUESTS = 20;
// Nobody listens on the second address.
const addresses = () => ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
const cachedDns = () => interceptors.dns({ maxTTL: 60_000, lookup: (url, options, callback) => callback(null, addresses()) });
const retry = () => interceptors.retry({ minTimeout: 1, maxRetries: 3 });
/** Sends requests one after another and counts the results. */
async function results(dispatcher) {
  const counts = { ok: 0 };
  for (let turn = 0; turn < REQUESTS; turn += 1) {
    const result = await dispatcher.request({ origin, path: '/', method: 'GET' }).then(
      ({ body }) => body.dump().then(() => 'ok'),
      (error) => error.code,
    );
    counts[result] = (counts[result] ?? 0) + 1;
  }
  return counts;
}
const seen = {
  'without the interceptor': await results(new Agent({ connect: { lookup: (name, options, callback) => callback(null, addresses()) } })),
  'dns': await results(new Agent().compose([cachedDns()])),
  'retry, dns': await results(new Agent().compose([retry(), cachedDns()])),
  'dns, retry': await results(new Agent().compose([cachedDns(), retry()])),
};

for (const [interceptor, counts] of Object.entries(seen)) console.log(`${interceptor}:`, counts);
const half = REQUESTS / 2;
const same =
  seen['without the interceptor'].ok === REQUESTS &&
  seen['dns, retry'].ok === REQUESTS &&
  [seen['dns'], seen['retry, dns']].every(({ ok, ECONNREFUSED }) => ok === half && ECONNREFUSED === half);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
