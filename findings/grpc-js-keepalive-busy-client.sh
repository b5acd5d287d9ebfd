#!/usr/bin/env bash
# grpc-js takes a healthy connection for dead if the client's own event loop is busy for longer than the keepalive timeout
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: A keepalive ping ends a connection if the other side does not acknowledge it within `grpc.keepalive_timeout_ms`
#           (https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md). This server acknowledges within a
#           millisecond.
# Seen:     The acknowledgement waits in the socket while the client computes. When the client goes on, Node runs the expired timer
#           before it reads the socket, and grpc-js ends the connection: all its open calls fail with UNAVAILABLE, although the server
#           would have answered them. Without keepalive, the same calls succeed.
# Matters:  Who lowers the timeout, so that a dead host is noticed early, loses calls to healthy hosts whenever a process computes for
#           that long, or gets no CPU time: at its start, in a large collection of garbage, on a busy machine. The timeout must be longer
#           than the longest turn of the event loop.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >server.js <<'JS'
import { parentPort } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { method } from './method.js';

const server = new Server();
server.addService(
  { Write: method },
  { Write: (_call, answer) => void sleep(3_000).then(() => answer(null, Buffer.alloc(0))) },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => parentPort.postMessage(error ? 0 : port));
JS

cat >method.js <<'JS'
export const identity = (bytes) => bytes;
export const method = {
  ...{ path: '/probe.Probe/Write', requestStream: false, responseStream: false },
  ...{ requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity },
};
JS

cat >probe.js <<'JS'
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { identity, method } from './method.js';

setTimeout(() => process.exit(2), 40_000).unref();
// The server has an event loop of its own, which is never busy.
const [port] = await once(new Worker(new URL('server.js', import.meta.url)), 'message');
const pings = { 'grpc.keepalive_time_ms': 200, 'grpc.keepalive_timeout_ms': 500 };

/** Computes for 700 ms in each turn of the event loop, until it is told to stop. */
function compute() {
  let stopped = false;
  const turn = () => {
    if (stopped) return;
    for (const end = Date.now() + 700; Date.now() < end; );
    setImmediate(turn);
  };
  setImmediate(turn);
  return () => (stopped = true);
}

/** Places a call that takes three seconds, and returns its status. */
async function write(options, busy) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  await new Promise((resolve, reject) => client.waitForReady(Date.now() + 5_000, (error) => (error ? reject(error) : resolve())));
  const called = new Promise((resolve) => {
    client.makeUnaryRequest(
      method.path,
      identity,
      identity,
      Buffer.alloc(0),
      new Metadata(),
      { deadline: Date.now() + 20_000 },
      (error) => resolve(error ? error.code : status.OK),
    );
  });
  const stop = busy ? compute() : () => undefined;
  const code = await called;
  stop();
  client.close();
  return status[code];
}

const seen = {
  'with pings, idle': await write(pings, false),
  'without pings, busy': await write({}, true),
  'with pings, busy': await write(pings, true),
};
console.log('The server answers pings within a millisecond, and the call after three seconds. The timeout of pings is 500 ms.');
console.log('The client is idle, or computes for 700 ms in each turn of its event loop. The call ends:');
for (const [how, end] of Object.entries(seen)) console.log(`  ${how}: ${end}`);
const same = Object.values(seen).join() === 'OK,OK,UNAVAILABLE';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
