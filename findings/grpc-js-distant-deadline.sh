#!/usr/bin/env bash
# A grpc-js server mistakes a deadline that is more than 24 days away: 30 days have passed at once, a year lasts 17 days
#
# Packages: @grpc/grpc-js 1.14.7
# Expected: A deadline may be any time; `grpc-timeout` carries up to 8 digits of hours
#           (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). The client of grpc-js states such a deadline correctly and
#           sets no timer that could overflow. The server sees the same deadline, or none.
# Seen:     With a deadline in 24 days the server's `getDeadline()` is right. With one in 30 days the call ends at once with
#           DEADLINE_EXCEEDED, and `getDeadline()` is in the past. With one in a year the server will end the call after 17 days.
#           server-interceptors.js cuts the timeout to 32 bits: `(value * unit) | 0` milliseconds.
# Matters:  A far deadline instead of none is a habit for streams that stay open, and for tools that require a deadline. What a test with
#           one hour shows holds up to 24 days. In between some work and some do not: 400 days become 55 hours. Leave the deadline
#           out, or renew streams more often.
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
const DAY_MS = 86_400_000;
let serverDays;
const server = new grpc.Server();
server.addService({ call: method }, {
  call: (call, callback) => {
    serverDays = (Number(call.getDeadline()) - Date.now()) / DAY_MS;
    setTimeout(() => callback(null, Buffer.alloc(0)), 500);
  },
});
const port = await new Promise((resolve, reject) => {
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
});
const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
/** Makes a call with a deadline that many days away, and returns its status and the days that the server sees. */
async function called(days) {
  const options = { deadline: Date.now() + days * DAY_MS };
  const status = await new Promise((resolve) => {
    client.makeUnaryRequest(method.path, identity, identity, Buffer.alloc(0), new grpc.Metadata(), options, (error) =>
      resolve(grpc.status[error?.code ?? grpc.status.OK]),
    );
  });
  return { status, serverDays: Number(serverDays.toFixed(1)) };
}
const seen = {};
for (const days of [1, 24, 30, 365, 400]) seen[`${days} days`] = await called(days);
client.close();

console.table(seen);
const same =
  ['1 days', '24 days', '365 days', '400 days'].every((days) => seen[days].status === 'OK') &&
  seen['30 days'].status === 'DEADLINE_EXCEEDED' &&
  String(Object.values(seen).map((call) => Math.round(call.serverDays))) === '1,24,-20,17,2';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
