#!/usr/bin/env bash
# undici's Agent ignores `clientTtl` if it may open one connection
#
# Packages: undici 8.13.1
# Expected: `new Agent({ clientTtl })` replaces a connection that is older than `clientTtl` milliseconds, whatever `connections` says:
#           the agent takes all options of Pool (docs/docs/api/Agent.md and Pool.md of https://github.com/nodejs/undici).
# Seen:     Twelve requests in 1.2 seconds with `clientTtl: 100` use a new connection each with `connections: 2` or without a limit. With
#           `connections: 1` all use the same one. For that value Agent creates a Client instead of a Pool, and Client knows no
#           `clientTtl`.
# Matters:  The option exists for names whose addresses change: a deployment behind a load balancer, or a failover by DNS. The
#           service that limits itself to one connection stays with the old address for as long as requests keep it open. Use
#           `factory: (origin, options) => new Pool(origin, options)`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact undici@8.13.1 >/dev/null

cat >probe.js <<'JS'
import { createServer } from 'node:http';
import { Agent, Pool } from 'undici';

setTimeout(() => process.exit(2), 50_000).unref();
let connections = 0;
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => response.end());
server.on('connection', () => (connections += 1));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const REQUESTS = 12;
const PAUSE_MS = 110;
/** Sends requests one after another, longer apart than `clientTtl`, and returns the number of connections that they used. */
async function used(options) {
  connections = 0;
  const agent = new Agent({ clientTtl: 100, ...options });
  for (let turn = 0; turn < REQUESTS; turn += 1) {
    const { body } = await agent.request({ origin, path: '/', method: 'GET' });
    await body.dump();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  await agent.close();
  return connections;
}
const seen = {
  'no limit': await used({}),
  'connections: 2': await used({ connections: 2 }),
  'connections: 1': await used({ connections: 1 }),
  'connections: 1, factory of a Pool': await used({ connections: 1, factory: (url, options) => new Pool(url, options) }),
};

for (const [options, count] of Object.entries(seen)) console.log(`${options}: ${REQUESTS} requests over ${count} connections`);
const same = String(Object.values(seen)) === String([REQUESTS, REQUESTS, 1, REQUESTS]);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
