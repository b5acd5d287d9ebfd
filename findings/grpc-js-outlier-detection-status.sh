#!/usr/bin/env bash
# Outlier detection in grpc-js ejects a healthy server that answers PERMISSION_DENIED or NOT_FOUND
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: A refusal is no failure of the host. The policy follows Envoy
#           (https://github.com/grpc/proposal/blob/master/A50-xds-outlier-detection.md), and Envoy counts 5xx only, with
#           PERMISSION_DENIED as 403 and NOT_FOUND as 404 (https://github.com/envoyproxy/envoy/pull/7942). The proposal
#           does not say which status is a failure.
# Seen:     Every status but OK is a failure. A server that refuses its calls with PERMISSION_DENIED gets no calls after
#           the next sweep.
# Matters:  Refusals are normal work for a service that checks tokens. A client with an expired token, or a search for ids
#           that do not exist, removes working replicas from its channel, up to `max_ejection_percent`, and loads the others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const identity = (bytes) => bytes;
const path = '/probe.Probe/Read';
const serialization = {
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
const REPLICAS = 4;
const CALLS = 100;
const outlierDetection = {
  interval: { seconds: 1, nanos: 0 },
  base_ejection_time: { seconds: 30, nanos: 0 },
  max_ejection_percent: 50,
  failure_percentage_ejection: { threshold: 50, enforcement_percentage: 100, minimum_hosts: 3, request_volume: 10 },
  child_policy: [{ round_robin: {} }],
};

/** Starts the replicas, of which the first refuses every call with the status, and counts the calls of each. */
async function callsPerReplica(refusal) {
  const calls = new Array(REPLICAS).fill(0);
  const servers = [];
  const ports = [];
  for (let replica = 0; replica < REPLICAS; replica += 1) {
    const server = new Server();
    const read = (_call, answer) => {
      calls[replica] += 1;
      if (replica === 0) answer({ code: refusal, details: 'refused' });
      else answer(null, Buffer.alloc(0));
    };
    server.addService({ Read: { path, requestStream: false, responseStream: false, ...serialization } }, { Read: read });
    servers.push(server);
    ports.push(
      await new Promise((resolve, reject) =>
        server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
      ),
    );
  }
  const client = new Client(`ipv4:${ports.map((port) => `127.0.0.1:${port}`).join(',')}`, credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ outlier_detection: outlierDetection }] }),
  });
  const burst = async () => {
    calls.fill(0);
    for (let call = 0; call < CALLS; call += 1) {
      await new Promise((resolve) => client.makeUnaryRequest(path, identity, identity, Buffer.alloc(0), new Metadata(), {}, () => resolve()));
    }
    return [...calls];
  };
  const before = await burst();
  await sleep(2_500);
  const after = await burst();
  client.close();
  for (const server of servers) server.forceShutdown();
  return { before, after };
}

let same = true;
for (const refusal of [status.PERMISSION_DENIED, status.NOT_FOUND]) {
  const { before, after } = await callsPerReplica(refusal);
  console.log(`The first replica answers ${status[refusal]}: ${before} calls per replica before the sweep, ${after} after it.`);
  same &&= before[0] > CALLS / REPLICAS / 2 && after[0] === 0;
}
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
