#!/usr/bin/env bash
# autocannon reports half the latency as soon as the rate of requests is limited
#
# Packages: autocannon 9.0.0, hdr-histogram-js 3.0.1
# Expected: A server that answers every request after 200 ms has a latency of 200 ms, at any rate. With `overallRate` or
#           `connectionRate` "latency data will be corrected to compensate for the effects of the coordinated omission
#           issue" (https://github.com/mcollina/autocannon), which can only raise the latency of a server that is too slow.
# Seen:     At 4 requests per second, a rate that the server can sustain, the average and the median are 100 ms, and the report
#           has some 200 samples for each response. lib/run.js passes the interval between two requests to the histogram as
#           `Math.ceil(1 / rate)`, in seconds and rounded up, but the histogram counts in milliseconds. So a response after
#           200 ms adds samples of 199 ms, 198 ms, …, 1 ms for requests that were never due.
# Matters:  A service level objective is checked at a fixed rate, and there the average and most percentiles are too
#           good. Runs with and without a rate cannot be compared. Set `ignoreCoordinatedOmission`, although the
#           documentation advises against it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact autocannon@9.0.0 hdr-histogram-js@3.0.1 >/dev/null

cat >probe.js <<'JS'
import { createServer } from 'node:http';
import autocannon from 'autocannon';

setTimeout(() => process.exit(2), 50_000).unref();
const LATENCY_MS = 200;
// A timer of Node can be a millisecond early.
const REAL_MS = LATENCY_MS - 5;
const server = createServer((request, response) => setTimeout(() => response.end(), LATENCY_MS));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}`;
const run = async (options) => {
  const { requests, latency } = await autocannon({ url, connections: 2, duration: 4, ...options });
  return { responses: requests.total, samples: latency.totalCount, average: Math.round(latency.average), median: latency.p50 };
};

const unlimited = await run({});
const limited = await run({ overallRate: 4 });
const uncorrected = await run({ overallRate: 4, ignoreCoordinatedOmission: true });
server.close();

console.log(`The server answers after ${LATENCY_MS} ms.`);
console.log('No rate:                                  ', unlimited);
console.log('4 requests per second:                    ', limited);
console.log('4 requests per second, without correction:', uncorrected);
const same =
  unlimited.average >= REAL_MS &&
  unlimited.samples === unlimited.responses &&
  limited.average < LATENCY_MS * 0.75 &&
  limited.median < LATENCY_MS * 0.75 &&
  limited.samples > limited.responses * 100 &&
  uncorrected.average >= REAL_MS &&
  uncorrected.samples === uncorrected.responses;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
