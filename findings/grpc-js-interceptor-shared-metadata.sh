#!/usr/bin/env bash
# A grpc-js client interceptor writes into the Metadata object of the caller
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: `start(metadata, listener, next)` of an interceptor gets the metadata of one call, and what it sets ends with the
#           call. The examples of https://github.com/grpc/grpc-node/tree/master/packages/grpc-js change `metadata` in
#           place, and no page says that the object belongs to the caller.
# Seen:     The interceptor gets the very object that the caller passed, and its changes stay. grpc-js copies the metadata
#           after the interceptors, for the retries.
# Matters:  A caller that keeps a Metadata constant (a request id, an API version) sends the token that the interceptor set in
#           an earlier call with a call that has no user. With `metadata.add` the second call fails with INTERNAL instead.
#           Pass a new Metadata to each call, or let the interceptor hand `metadata.clone()` to `next`.
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
