#!/usr/bin/env bash
# The Prometheus exporter of OpenTelemetry listens on 9464 when it is told to listen on port 0
#
# Package:  @opentelemetry/exporter-prometheus 0.301.0
# Expected: `port: 0` lets the system choose a free port, as with every server of Node.
# Seen:     The exporter listens on 9464. A second exporter of the machine with `port: 0` fails with EADDRINUSE.
# Matters:  Two services or two parallel tests of a machine cannot each have a free port, and the exporter has no method that
#           tells the port. Start it with `preventServerStart: true` and serve its metrics by a server of your own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @opentelemetry/exporter-prometheus@0.301.0 >/dev/null

cat >probe.js <<'JS'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { createServer } from 'node:http';

setTimeout(() => process.exit(2), 20_000).unref();
const start = () =>
  new Promise((resolve) => {
    const exporter = new PrometheusExporter({ port: 0 }, (error) => resolve(error ? error.code : exporter._server.address().port));
  });
const plain = await new Promise((resolve) => {
  const server = createServer().listen(0, () => resolve(server.address().port));
});
const seen = { 'node:http': plain === 0 ? 'no port' : 'a free port', first: await start(), second: await start() };
console.log(seen);
const same = seen.first === 9464 && seen.second === 'EADDRINUSE';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
