#!/usr/bin/env bash
# A `break` in the loop over a server stream does not cancel the call of a Connect client
#
# Packages: @connectrpc/connect and @connectrpc/connect-node 2.2.0, @bufbuild/protobuf 2.17.0
# Expected: `for await (const event of client.watch(request))` is the documented way to read a stream
#           (https://connectrpc.com/docs/web/using-clients). A `break`, or an error in the loop, closes the iterator, as in any
#           `for await`, so the client cancels the call and the handler's `context.signal` aborts.
# Seen:     The call stays open. A second later the handler's signal has not aborted, and the handler has sent some 50 more messages
#           that nobody reads. In a bidirectional call the generator of the requests goes on as well. `handleStreamResponse` in
#           dist/esm/promise-client.js of @connectrpc/connect returns an iterator that has `next` alone ("omit throw/return"), and
#           dist/esm/protocol/run-call.js does the same. An AbortController ends the call at once.
# Matters:  A client that waits for one event and breaks leaves an open call on both sides each time, until the server ends it or
#           the connection closes. Pass a signal to each streaming call and abort it in a `finally`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @connectrpc/connect@2.2.0 @connectrpc/connect-node@2.2.0 \
  @bufbuild/protobuf@2.17.0 >/dev/null

cat >probe.js <<'JS'
import { createServer } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, createFileRegistry } from '@bufbuild/protobuf';
import { file_google_protobuf_wrappers, FileDescriptorProtoSchema, StringValueSchema } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { connectNodeAdapter, createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';

setTimeout(() => process.exit(2), 40_000).unref();
const text = `.${StringValueSchema.typeName}`;
const wrappers = file_google_protobuf_wrappers.proto;
const watch = { name: 'Watch', inputType: text, outputType: text, serverStreaming: true };
const file = create(FileDescriptorProtoSchema, {
  name: 'probe.proto',
  package: 'probe',
  syntax: 'proto3',
  dependency: [wrappers.name],
  service: [{ name: 'Probe', method: [watch, { ...watch, name: 'Talk', clientStreaming: true }] }],
});
const Probe = createFileRegistry(file, (name) => (name === wrappers.name ? wrappers : undefined)).getService('probe.Probe');

let handler;
async function* events(_request, { signal }) {
  const own = { aborted: false, sent: 0 };
  handler = own;
  signal.addEventListener('abort', () => (own.aborted = true));
  while (!own.aborted) {
    yield { value: 'event' };
    own.sent += 1;
    await sleep(20);
  }
}
const server = createServer(connectNodeAdapter({ routes: (router) => router.service(Probe, { watch: events, talk: events }) }));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseUrl = `http://127.0.0.1:${server.address().port}`;

/** Reads two events and leaves the loop; returns the state of the handler and of the request a second later. */
async function leave(transport, { abort }) {
  const client = createClient(Probe, transport);
  let requestEnded = false;
  async function* requests() {
    try {
      for (;;) {
        yield { value: 'request' };
        await sleep(20);
      }
    } finally {
      requestEnded = true;
    }
  }
  const controller = new AbortController();
  const states = [];
  for (const call of [() => client.watch({}, { signal: controller.signal }), () => client.talk(requests(), { signal: controller.signal })]) {
    let read = 0;
    for await (const event of call()) {
      read += event ? 1 : 0;
      if (read === 2) break;
    }
    const { sent } = handler;
    if (abort) controller.abort();
    await sleep(1_000);
    states.push({ aborted: handler.aborted, sentLater: handler.sent - sent });
    if (abort) break;
  }
  return { watch: states[0], ...(states[1] && { talk: { ...states[1], requestEnded } }) };
}
const grpc = await leave(createGrpcTransport({ baseUrl }), { abort: false });
const connect = await leave(createConnectTransport({ baseUrl, httpVersion: '2' }), { abort: false });
const aborted = await leave(createGrpcTransport({ baseUrl }), { abort: true });

console.log('gRPC, break:              ', grpc);
console.log('Connect protocol, break:  ', connect);
console.log('gRPC, abort() and break:  ', aborted);
const open = ({ watch: { aborted: ended, sentLater }, talk }) => !ended && sentLater > 10 && !talk.aborted && !talk.requestEnded;
const same = open(grpc) && open(connect) && aborted.watch.aborted && aborted.watch.sentLater <= 5;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
