#!/usr/bin/env bash
# grpc-js enforces no message limit of a service config
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: `maxRequestMessageBytes` and `maxResponseMessageBytes` of a method limit its messages: "it will not be sent and the
#           client will see an error" (https://github.com/grpc/grpc/blob/master/doc/service_config.md). The type MethodConfig
#           of grpc-js names them `maxRequestBytes` and `maxResponseBytes`.
# Seen:     grpc-js ignores the documented names. It rejects a `maxResponseBytes` that is no number, so this name looks
#           supported, but a method with limits of 10 and 100 bytes sends 5,000 bytes and receives 10,000. Only
#           `grpc.max_send_message_length` and `grpc.max_receive_message_length` work, for all methods of a channel.
# Matters:  A limit for one method, such as 8 KB for the answer of a token exchange, limits nothing.
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
const server = new Server();
server.addService(
  { Exchange: { path, requestStream: false, responseStream: false, ...serialization } },
  { Exchange: (_call, answer) => answer(null, Buffer.alloc(10_000)) },
);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
);
const exchange = (options) =>
  new Promise((resolve) => {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
    client.makeUnaryRequest(path, identity, identity, Buffer.alloc(5_000), new Metadata(), {}, (error, response) => {
      client.close();
      resolve(error ? status[error.code] : `OK, ${response.length} bytes received`);
    });
  });
const serviceConfig = (methodConfig) => ({
  'grpc.service_config': JSON.stringify({ methodConfig: [{ name: [{}], ...methodConfig }] }),
});

const byDocumentedName = await exchange(serviceConfig({ maxRequestMessageBytes: 10, maxResponseMessageBytes: 100 }));
const byServiceConfig = await exchange(serviceConfig({ maxRequestBytes: 10, maxResponseBytes: 100 }));
const byReceiveOption = await exchange({ 'grpc.max_receive_message_length': 100 });
const bySendOption = await exchange({ 'grpc.max_send_message_length': 10 });
let rejected;
try {
  await exchange(serviceConfig({ maxResponseBytes: 'small' }));
} catch (error) {
  rejected = error.message;
}
server.forceShutdown();

console.log('maxRequestMessageBytes 10, maxResponseMessageBytes 100:', byDocumentedName);
console.log('maxRequestBytes 10, maxResponseBytes 100:              ', byServiceConfig);
console.log('grpc.max_receive_message_length 100:                   ', byReceiveOption);
console.log('grpc.max_send_message_length 10:                       ', bySendOption);
console.log('maxResponseBytes that is no number:                    ', rejected);
const same =
  byDocumentedName === 'OK, 10000 bytes received' &&
  byServiceConfig === 'OK, 10000 bytes received' &&
  byReceiveOption === 'RESOURCE_EXHAUSTED' &&
  bySendOption === 'RESOURCE_EXHAUSTED' &&
  rejected !== undefined;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
