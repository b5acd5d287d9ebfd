#!/usr/bin/env bash
# grpc-js ignores `grpc.max_metadata_size`
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: `grpc.max_metadata_size` limits the metadata of a call: "Maximum metadata size, in bytes"
#           (https://grpc.github.io/grpc/core/group__grpc__arg__keys.html). The type ChannelOptions of grpc-js and its list of
#           recognized options have this name, so TypeScript accepts it, and no warning says that it has no effect.
# Seen:     With the option at 1,024 bytes, on the server and on the client, a call with 20,000 bytes of metadata reaches the
#           handler, and its answer with 20,000 bytes of trailing metadata reaches the client. Nothing reads the option.
#           `grpc.max_receive_message_length`, beside it, does limit messages.
# Matters:  A server that sets the option accepts all metadata that fit in the header limit of Node's HTTP/2, about 64 KB.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const identity = (bytes) => bytes;
const path = '/probe.Probe/Exchange';
const serialization = {
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
const metadataOf = (bytes) => {
  const metadata = new Metadata();
  metadata.set('probe', 'x'.repeat(bytes));
  return metadata;
};
const lengthOf = (metadata) => metadata.get('probe')[0]?.length ?? 0;
const options = { 'grpc.max_metadata_size': 1_024, 'grpc.max_receive_message_length': 1_024 };

let received = 0;
const server = new Server(options);
server.addService(
  { Exchange: { path, requestStream: false, responseStream: false, ...serialization } },
  {
    Exchange: (call, answer) => {
      received = lengthOf(call.metadata);
      answer(null, Buffer.alloc(0), metadataOf(20_000));
    },
  },
);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
);
const exchange = (messageBytes, metadataBytes) =>
  new Promise((resolve) => {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
    let code;
    let trailing = 0;
    const call = client.makeUnaryRequest(path, identity, identity, Buffer.alloc(messageBytes), metadataOf(metadataBytes), {}, (error) => {
      code = status[error ? error.code : status.OK];
    });
    call.on('status', ({ metadata }) => {
      trailing = lengthOf(metadata);
      client.close();
      setImmediate(() => resolve({ code, trailing }));
    });
  });

const metadata = await exchange(0, 20_000);
const inHandler = received;
const message = await exchange(5_000, 0);
server.forceShutdown();

console.log(`grpc.max_metadata_size 1024:          ${metadata.code}, ${inHandler} bytes in the handler, ${metadata.trailing} bytes in the client`);
console.log(`grpc.max_receive_message_length 1024: ${message.code}`);
const same = metadata.code === 'OK' && inHandler === 20_000 && metadata.trailing === 20_000 && message.code === 'RESOURCE_EXHAUSTED';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
