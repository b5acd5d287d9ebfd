#!/usr/bin/env bash
# A grpc-js client interceptor writes into the Metadata object of the caller
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: `start(metadata, listener, next)` of an interceptor gets the metadata of one call, and what it sets ends with the
#           call. The official example sets `authorization` on it in place
#           (https://github.com/grpc/grpc-node/blob/master/examples/interceptors/client.js).
# Seen:     The interceptor gets the object that the caller passed, and its changes stay there. grpc-js copies the metadata
#           after the interceptors.
# Matters:  A caller that keeps one Metadata object for all calls (an API version, a tenant) keeps the token of an earlier user
#           in it. A call without a user then sends that token. With `metadata.add` the second call fails with INTERNAL.
#           Pass a new Metadata to each call, or let the interceptor pass `metadata.clone()` on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { Client, credentials, InterceptingCall, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const identity = (bytes) => bytes;
const path = '/probe.Probe/WhoAmI';
const serialization = {
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
const server = new Server();
server.addService(
  { WhoAmI: { path, requestStream: false, responseStream: false, ...serialization } },
  { WhoAmI: (call, answer) => answer(null, Buffer.from(String(call.metadata.get('authorization')[0] ?? 'nobody'))) },
);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
);

let user;
const intercept = (change) => (options, next) =>
  new InterceptingCall(next(options), {
    start(metadata, listener, proceed) {
      proceed(change(metadata), listener);
    },
  });
const setToken = (metadata) => {
  if (user) metadata.set('authorization', user);
  return metadata;
};
const addToken = (metadata) => {
  if (user) metadata.add('authorization', user);
  return metadata;
};
const open = (change) => new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { interceptors: [intercept(change)] });
const whoAmI = (client, metadata, caller) => {
  user = caller;
  return new Promise((resolve) =>
    client.makeUnaryRequest(path, identity, identity, Buffer.alloc(0), metadata, {}, (error, bytes) =>
      resolve(error ? error.message : bytes.toString()),
    ),
  );
};

const seen = {};
const clients = { set: open(setToken), add: open(addToken), clone: open((metadata) => setToken(metadata.clone())) };
for (const [name, client] of Object.entries(clients)) {
  const constant = new Metadata();
  constant.set('api-version', '1');
  await whoAmI(client, constant, 'alice');
  seen[name] = {
    'no user, same Metadata': await whoAmI(client, constant, undefined),
    'no user, new Metadata': await whoAmI(client, new Metadata(), undefined),
    'bob, same Metadata': await whoAmI(client, constant, 'bob'),
  };
  client.close();
}
server.forceShutdown();

console.log('The server sees, after a call of alice:');
console.log(seen);
const same =
  seen.set['no user, same Metadata'] === 'alice' &&
  seen.set['no user, new Metadata'] === 'nobody' &&
  /multiple values/.test(seen.add['bob, same Metadata']) &&
  seen.clone['no user, same Metadata'] === 'nobody';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
