#!/usr/bin/env bash
# A grpc-js server sees a cancelled or broken client stream end like a complete one
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: The request stream emits `error` or nothing at all, or `call.cancelled` is true at its `end`. Go returns an error
#           from Recv, and Node's streams emit `end` for a complete stream only
#           (https://nodejs.org/api/stream.html#event-end). The server interceptor's `onReceiveHalfClose` runs for a client
#           that has half-closed (https://github.com/grpc/proposal/blob/master/L112-node-server-interceptors.md).
# Seen:     If the client cancels, or its connection breaks, the server gets `onReceiveHalfClose` and `end`, and
#           `call.cancelled` is false at that moment. `cancelled` follows. The predecessor of grpc-js did the same
#           (https://github.com/grpc/grpc-node/issues/205).
# Matters:  A handler that stores what it has read at `end`, or a Nest handler whose Observable completes, stores half an
#           import of users or half a list of revoked tokens as the whole. Send a last message that marks the end, or a
#           count, and check it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata, Server, ServerCredentials, ServerInterceptingCall, status } from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const identity = (bytes) => bytes;
const path = '/probe.Probe/Import';
const serialization = {
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
let events = [];
const record = (_method, call) =>
  new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, proceed) => proceed(metadata),
        onReceiveMessage: (message, proceed) => proceed(message),
        onReceiveHalfClose: (proceed) => {
          events.push('onReceiveHalfClose');
          proceed();
        },
        onCancel: () => {},
      }),
  });
const server = new Server({ interceptors: [record] });
server.addService(
  { Import: { path, requestStream: true, responseStream: false, ...serialization } },
  {
    Import: (call, answer) => {
      let messages = 0;
      call.on('data', () => (messages += 1));
      call.on('error', () => events.push('error'));
      call.on('end', () => {
        events.push(`end after ${messages} messages, call.cancelled ${call.cancelled}`);
        answer(null, Buffer.alloc(0));
      });
    },
  },
);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
);

/** Sends two messages over a connection of its own, ends the call, and returns what the server and the client saw. */
async function importOver(end) {
  events = [];
  const sockets = [];
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
    sockets.push(near, far);
  });
  await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const client = new Client(`127.0.0.1:${relay.address().port}`, credentials.createInsecure());
  let result = 'no answer';
  const call = client.makeClientStreamRequest(path, identity, identity, new Metadata(), {}, (error) => {
    result = error ? status[error.code] : 'OK';
  });
  call.write(Buffer.alloc(1));
  call.write(Buffer.alloc(1));
  await sleep(300);
  const breakConnection = () => sockets.forEach((socket) => socket.destroy());
  end(call, breakConnection);
  await sleep(700);
  client.close();
  relay.close();
  breakConnection();
  return { client: result, server: events.join(', ') };
}
const seen = {
  'half-closes': await importOver((call) => call.end()),
  cancels: await importOver((call) => call.cancel()),
  'loses its connection': await importOver((_call, breakConnection) => breakConnection()),
};
server.forceShutdown();

console.log('After two messages the client …');
for (const [end, { client, server: seenByServer }] of Object.entries(seen)) console.log(`  ${end}: client ${client}, server: ${seenByServer}`);
const complete = 'onReceiveHalfClose, end after 2 messages, call.cancelled false';
const same =
  Object.values(seen).every(({ server: seenByServer }) => seenByServer === complete) &&
  Object.values(seen)
    .map(({ client }) => client)
    .join() === 'OK,CANCELLED,UNAVAILABLE';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
