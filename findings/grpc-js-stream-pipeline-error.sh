#!/usr/bin/env bash
# The client gets no answer from a handler whose `pipeline` into a grpc-js stream fails
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: `pipeline(rows, call)` in a handler of a server stream ends the call when `rows` fails: Node destroys both streams,
#           and the client gets the status of the error, as it does from `call.emit('error', error)`. On the client `break` in
#           `for await (const message of call)` destroys the stream (https://nodejs.org/api/stream.html), and so cancels the call.
# Seen:     The handler's pipeline reports the error, and the client gets nothing, neither a status nor a reset: it waits until its
#           deadline. After a `break` on the client, the server gets no `cancelled` event until the deadline ends the call. The
#           streams of grpc-js have `_write`, `_final` and `_read`, but no `_destroy`. In build/src/server-call.js `_final` sends
#           the status, and Node does not call it for a destroyed stream. In build/src/call.js only `cancel()` cancels.
# Matters:  Node recommends `pipeline` because it cleans up after errors. Here a failed query costs each client its whole deadline
#           and looks like a slow server. Pipe with `pipe` and emit `error` on the call. On the client, call `cancel()` before
#           `break`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { once } from 'node:events';
import { pipeline, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const DEADLINE_MS = 2_000;
const bytes = (value) => value;
const rpc = { requestStream: false, responseStream: true, requestSerialize: bytes, requestDeserialize: bytes };
const method = (name) => ({ path: `/probe.Probe/${name}`, ...rpc, responseSerialize: bytes, responseDeserialize: bytes });
async function* rows() {
  yield Buffer.from('row');
  throw Object.assign(new Error('the query failed'), { code: status.INTERNAL });
}
let piped;
let cancelledMs;
const server = new Server();
server.addService(
  { Pipeline: method('Pipeline'), Emit: method('Emit'), Endless: method('Endless') },
  {
    Pipeline: (call) => pipeline(Readable.from(rows()), call, (error) => (piped = error?.message)),
    Emit: (call) => Readable.from(rows()).on('error', (error) => call.emit('error', error)).pipe(call),
    Endless: (call) => {
      const start = performance.now();
      const timer = setInterval(() => call.write(Buffer.from('row')), 20);
      call.on('cancelled', () => {
        clearInterval(timer);
        cancelledMs = Math.round(performance.now() - start);
      });
    },
  },
);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
);
const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
const place = (name) =>
  client.makeServerStreamRequest(method(name).path, bytes, bytes, Buffer.alloc(0), new Metadata(), {
    deadline: Date.now() + DEADLINE_MS,
  });
const answer = async (name) => {
  const start = performance.now();
  const call = place(name);
  call.on('data', () => {});
  const [error] = await once(call, 'error');
  return { status: status[error.code], ms: Math.round(performance.now() - start) };
};

const byPipeline = await answer('Pipeline');
const byEmit = await answer('Emit');
const broken = async (cancel) => {
  cancelledMs = undefined;
  const call = place('Endless');
  call.on('error', () => {});
  for await (const row of call) {
    if (cancel) call.cancel();
    if (row) break;
  }
  while (cancelledMs === undefined) await sleep(10);
  return cancelledMs;
};
const byBreak = await broken(false);
const byCancel = await broken(true);
client.close();

console.log('The pipeline of the handler ended with:     ', piped);
console.log('The client of that handler got:             ', byPipeline);
console.log('The client got, if the handler emits error: ', byEmit);
console.log(`The server learns of a break after ${byBreak} ms, of a cancel() and a break after ${byCancel} ms; the deadline is ${DEADLINE_MS} ms.`);
const same =
  piped === 'the query failed' &&
  byPipeline.status === 'DEADLINE_EXCEEDED' &&
  byEmit.status === 'INTERNAL' &&
  byEmit.ms < DEADLINE_MS / 2 &&
  byBreak > DEADLINE_MS * 0.75 &&
  byCancel < DEADLINE_MS / 2;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
