#!/usr/bin/env bash
# The retry throttling of a service config does not limit hedging in grpc-js
#
# Packages: @grpc/grpc-js 1.14.7
# Expected: "Throttling also applies to hedged RPCs. The first outgoing RPC will always be sent, but subsequent hedged RPCs will only
#           be sent if `token_count` is greater than the threshold"
#           (https://github.com/grpc/proposal/blob/master/A6-client-retries.md, "Implemented in: Java, .NET, Node").
# Seen:     A server answers each attempt with UNAVAILABLE. With `retryThrottling`, 20 calls with a `retryPolicy` of 3 attempts make 23
#           attempts instead of 60. The same 20 calls with a `hedgingPolicy` make 60 attempts with or without it.
#           `maybeStartHedgingAttempt` in retrying-call.js does not ask the throttler, which counts the failures.
# Matters:  The throttling exists so that clients do not multiply the load on a server that is down or overloaded. With hedging each
#           call costs `maxAttempts` calls during the outage. Keep `maxAttempts` at 2, and shed load in the server.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import * as grpc from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 50_000).unref();
const identity = (bytes) => bytes;
const method = {
  path: '/probe.Probe/Call',
  requestStream: false,
  responseStream: false,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
let attempts = 0;
const server = new grpc.Server();
server.addService({ call: method }, {
  call: (call, callback) => {
    attempts += 1;
    callback({ code: grpc.status.UNAVAILABLE, details: 'overloaded' });
  },
});
const port = await new Promise((resolve, reject) => {
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
});

const CALLS = 20;
/** Makes calls one after another and returns the number of attempts that the server got. */
async function attemptsWith(policy, retryThrottling) {
  attempts = 0;
  const config = { methodConfig: [{ name: [{}], ...policy }], ...(retryThrottling && { retryThrottling }) };
  const options = { 'grpc.service_config': JSON.stringify(config) };
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  for (let turn = 0; turn < CALLS; turn += 1) {
    await new Promise((resolve) => client.makeUnaryRequest(method.path, identity, identity, Buffer.alloc(0), resolve));
  }
  client.close();
  return attempts;
}
const retry = {
  retryPolicy: {
    maxAttempts: 3,
    initialBackoff: '0.001s',
    maxBackoff: '0.001s',
    backoffMultiplier: 1,
    retryableStatusCodes: ['UNAVAILABLE'],
  },
};
const hedging = { hedgingPolicy: { maxAttempts: 3, hedgingDelay: '1s', nonFatalStatusCodes: ['UNAVAILABLE'] } };
const throttling = { maxTokens: 10, tokenRatio: 0.1 };
const seen = {
  retryPolicy: { 'no throttling': await attemptsWith(retry), 'throttling': await attemptsWith(retry, throttling) },
  hedgingPolicy: { 'no throttling': await attemptsWith(hedging), 'throttling': await attemptsWith(hedging, throttling) },
};

console.log(`Attempts for ${CALLS} calls that fail:`);
console.table(seen);
const same =
  seen.retryPolicy['no throttling'] === 3 * CALLS &&
  seen.retryPolicy['throttling'] < 1.5 * CALLS &&
  seen.hedgingPolicy['no throttling'] === 3 * CALLS &&
  seen.hedgingPolicy['throttling'] === 3 * CALLS;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
