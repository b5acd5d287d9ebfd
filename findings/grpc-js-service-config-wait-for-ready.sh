#!/usr/bin/env bash
# grpc-js accepts `waitForReady` in a service config and ignores it
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: A method with `waitForReady: true` queues its calls until the server is reachable or the deadline ends, as
#           https://github.com/grpc/grpc/blob/master/doc/service_config.md and its protobuf message define. grpc-js rejects a
#           value that is not a boolean.
# Seen:     The call fails at once with UNAVAILABLE. The same service config applies its `timeout`. Only
#           `new Metadata({ waitForReady: true })` makes a call wait, one call at a time.
# Matters:  Services that start together can use this field to wait for the authorization server. With grpc-js the first calls
#           after a rollout fail, and no message names the ignored field.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { createServer } from 'node:net';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const freePort = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const TIMEOUT_MS = 2_000;
const serviceConfig = { methodConfig: [{ name: [{}], waitForReady: true, timeout: `${TIMEOUT_MS / 1000}s` }] };
const client = new Client(`127.0.0.1:${freePort}`, credentials.createInsecure(), {
  'grpc.service_config': JSON.stringify(serviceConfig),
});
const identity = (bytes) => bytes;
const call = (metadata) =>
  new Promise((resolve) => {
    const start = performance.now();
    client.makeUnaryRequest('/probe.Probe/Call', identity, identity, Buffer.alloc(0), metadata, {}, (error) =>
      resolve({ status: status[error.code], ms: Math.round(performance.now() - start) }),
    );
  });

const byServiceConfig = await call(new Metadata());
const byMetadata = await call(new Metadata({ waitForReady: true }));
client.close();
let rejected;
try {
  const wrong = JSON.stringify({ methodConfig: [{ name: [{}], waitForReady: 'yes' }] });
  new Client('127.0.0.1:1', credentials.createInsecure(), { 'grpc.service_config': wrong });
} catch (error) {
  rejected = error.message;
}

console.log('waitForReady in the service config:', byServiceConfig);
console.log('waitForReady in the metadata:      ', byMetadata);
console.log('waitForReady that is no boolean:   ', rejected);
const same =
  byServiceConfig.status === 'UNAVAILABLE' &&
  byServiceConfig.ms < TIMEOUT_MS / 2 &&
  byMetadata.status === 'DEADLINE_EXCEEDED' &&
  byMetadata.ms >= TIMEOUT_MS - 100 &&
  /waitForReady/.test(rejected);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
