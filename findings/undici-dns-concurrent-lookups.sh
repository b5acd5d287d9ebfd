#!/usr/bin/env bash
# undici's DNS cache makes a lookup for each concurrent request and sends all of these requests to one address
#
# Packages: undici 8.13.1
# Expected: `interceptors.dns()` "caches DNS lookups so that repeated requests to the same origin reuse the resolved IP address"
#           (docs/docs/api/Interceptors.md of https://github.com/nodejs/undici): requests that start while the first lookup runs wait
#           for it, and are spread over the addresses like later requests.
# Seen:     100 requests that start together make 100 lookups and all go to the first address. Each lookup replaces the cached records
#           and begins with the first of them again. The next 100 requests make no lookup and are spread evenly. After `maxTTL`
#           (10 seconds by default) it happens again.
# Matters:  A service under load asks its resolver in bursts, although it caches, and sends the first burst after each expiry to one
#           instance. Averages per minute hide it. Wrap the `lookup` option so that callers for one name share a lookup, and choose the
#           address in `pick`.
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
let requests = {};
const server = createServer(({ socket }, response) => {
  requests[socket.localAddress] = (requests[socket.localAddress] ?? 0) + 1;
  response.end();
});
await new Promise((resolve) => server.listen(0, '0.0.0.0', resolve));
const origin = `http://api.example:${server.address().port}`;

let lookups = 0;
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'];
const lookup = (url, options, callback) => {
  lookups += 1;
  setTimeout(() => callback(null, ADDRESSES.map((address) => ({ address, family: 4 }))), 20);
};
const MAX_TTL = 3000;
const agent = new Agent().compose([interceptors.dns({ maxTTL: MAX_TTL, lookup })]);
const COUNT = 100;
/** Sends requests at the same time and returns the lookups and the requests to each address. */
async function burst() {
  lookups = 0;
  requests = {};
  await Promise.all(
    Array.from({ length: COUNT }, async () => {
      const { body } = await agent.request({ origin, path: '/', method: 'GET' });
      await body.dump();
    }),
  );
  return { lookups, requests };
}
const first = await burst();
const second = await burst();
await new Promise((resolve) => setTimeout(resolve, MAX_TTL + 200));
const expired = await burst();

console.log('First requests:  ', first);
console.log('Next requests:   ', second);
console.log('After the expiry:', expired);
const same =
  [first, expired].every((seen) => seen.lookups === COUNT && seen.requests['127.0.0.1'] === COUNT) &&
  second.lookups === 0 &&
  ADDRESSES.every((address) => second.requests[address] === COUNT / ADDRESSES.length);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
