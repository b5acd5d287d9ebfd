#!/usr/bin/env bash
# grpc-js reads the fraction of a service config's timeout as a number of nanoseconds
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: A method with `timeout: "0.5s"` in the service config has half a second. The value is a duration in the JSON form of
#           protobuf (https://github.com/grpc/grpc/blob/master/doc/service_config.md), and grpc-js rejects values of another form.
# Seen:     "0.5s" ends each call after some milliseconds with DEADLINE_EXCEEDED, and "1.5s" after one second. The same half second
#           with nine digits, "0.500000000s", is right. build/src/service-config.js splits the text at the dot and takes the second
#           part as `nanos`, so "0.5s" is 5 nanoseconds.
# Matters:  A timeout below one second makes every call fail. One above it is up to a second shorter than configured, which shows
#           only under load. Write the fraction with nine digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const bytes = (value) => value;
const shape = { requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes };
const path = '/probe.Probe/Call';
const server = new Server();
server.addService({ Call: { path, ...shape, responseSerialize: bytes, responseDeserialize: bytes } }, { Call: () => {} });
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
);
const call = (client) =>
  new Promise((resolve) => {
    const start = performance.now();
    client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), new Metadata(), {}, (error) =>
      resolve({ status: status[error.code], ms: Math.round(performance.now() - start) }),
    );
  });
const after = async (timeout) => {
  const serviceConfig = { methodConfig: [{ name: [{}], timeout }] };
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.service_config': JSON.stringify(serviceConfig) });
  const result = await call(client);
  client.close();
  console.log(`timeout: ${JSON.stringify(timeout)}`.padEnd(26), result);
  return result;
};

await after('1s');
const second = await after('1s');
const half = await after('0.5s');
const more = await after('1.9s');
const digits = await after('0.500000000s');
const all = [second, half, more, digits];
const same =
  all.every(({ status: name }) => name === 'DEADLINE_EXCEEDED') &&
  second.ms >= 990 &&
  half.ms < 300 &&
  more.ms < 1_600 &&
  digits.ms >= 490 &&
  digits.ms < 900;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
