#!/usr/bin/env bash
# grpc-js ends open calls with UNAVAILABLE if it pings a connection that the server is closing because of its age
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: A server that reaches `grpc.max_connection_age_ms` sends GOAWAY, and open calls end by themselves within the grace
#           period (https://github.com/grpc/proposal/blob/master/A9-server-side-conn-mgt.md). Keepalive pings find connections
#           that are dead (https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md). This one is not.
# Seen:     The first ping after the GOAWAY fails at once, because the client's HTTP/2 session is closing. grpc-js takes that for
#           a lost connection: calls that were open end with UNAVAILABLE, although the server would have answered. Without
#           keepalive, the same call succeeds. Reported as https://github.com/grpc/grpc-node/issues/3068.
# Matters:  Who sets keepalive on clients, so that a lost host is noticed, and a connection age on servers, so that clients find new
#           replicas, loses writes and streams at each turn of the connections. A revocation stream reconnects each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const identity = (bytes) => bytes;
const path = '/probe.Probe/Write';
const method = {
  ...{ path, requestStream: false, responseStream: false },
  ...{ requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity },
};
// The grace period, without a limit unless set, is longer than the call.
const server = new Server({ 'grpc.max_connection_age_ms': 500, 'grpc.max_connection_age_grace_ms': 20_000 });
server.addService(
  { Write: method },
  { Write: (_call, answer) => void sleep(3_000).then(() => answer(null, Buffer.alloc(0))) },
);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
);

/** Places a call that takes three seconds, and returns its status and its time. */
async function write(options) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  const began = Date.now();
  const code = await new Promise((resolve) => {
    client.makeUnaryRequest(path, identity, identity, Buffer.alloc(0), new Metadata(), { deadline: began + 10_000 }, (error) =>
      resolve(error ? error.code : status.OK),
    );
  });
  client.close();
  return `${status[code]} after ${code === status.OK ? 'three seconds' : Date.now() - began < 2_500 ? 'less than three seconds' : 'three seconds'}`;
}

const seen = {
  'without keepalive': await write({}),
  'with a ping each second': await write({ 'grpc.keepalive_time_ms': 1_000, 'grpc.keepalive_timeout_ms': 5_000 }),
};
server.forceShutdown();

console.log('The server closes connections after half a second, gracefully. A call that takes three seconds ends:');
for (const [how, end] of Object.entries(seen)) console.log(`  ${how}: ${end}`);
const same = Object.values(seen).join() === 'OK after three seconds,UNAVAILABLE after less than three seconds';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
