#!/usr/bin/env bash
# A span of OpenTelemetry's JavaScript SDK can start after its parent has ended, though the parent's code contains it
#
# Packages: @opentelemetry/sdk-trace 3.1.0, @opentelemetry/api 1.10.0
# Expected: Starts, ends and events of the spans of one process come from one clock with the precision of the type, nanoseconds, as
#           the ends and events do (https://opentelemetry.io/docs/specs/otel/trace/api/#timestamp asks for nanoseconds at most and
#           milliseconds at least). A child that begins and ends within its parent lies within it.
# Seen:     Each span starts at a whole millisecond, by `Date.now()`. Its end and its events are that start plus a duration by
#           `performance.now()`, so they lie up to a millisecond too early, by another amount in each span. Of short spans one within
#           another, many children start after the end of their parent.
# Matters:  The spans of fast services last less than a millisecond: the check of a token, a cache hit, a prepared statement. Sort and
#           nest them by parent, not by time, and do not compare starts of different spans below a millisecond. A span for which the
#           caller states `startTime` by `performance.now()` keeps microseconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @opentelemetry/api@1.10.0 @opentelemetry/sdk-trace@3.1.0 >/dev/null

cat >probe.js <<'JS'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';

const ended = [];
const collect = { onStart() {}, onEnd: (span) => void ended.push(span), forceFlush: async () => {}, shutdown: async () => {} };
const tracer = new TracerProvider({ spanProcessors: [collect] }).getTracer('probe');

/** Works for some microseconds. */
function work(us) {
  const until = performance.now() + us / 1000;
  while (performance.now() < until);
}
const COUNT = 500;
for (let turn = 0; turn < COUNT; turn += 1) {
  const parent = tracer.startSpan('parent', {}, ROOT_CONTEXT);
  work(310);
  const child = tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent));
  work(50);
  child.end();
  work(20);
  parent.end();
}

const nanoseconds = ([seconds, rest]) => BigInt(seconds) * 1_000_000_000n + BigInt(rest);
const isWhole = (time) => nanoseconds(time) % 1_000_000n === 0n;
const wholeStarts = ended.filter(({ startTime }) => isWhole(startTime)).length;
const wholeEnds = ended.filter(({ endTime }) => isWhole(endTime)).length;
const byId = new Map(ended.map((span) => [span.spanContext().spanId, span]));
const outside = ended.filter(({ name, startTime, parentSpanContext }) => {
  const parent = name === 'child' ? byId.get(parentSpanContext.spanId) : undefined;
  return parent && nanoseconds(startTime) > nanoseconds(parent.endTime);
}).length;

console.log(`${ended.length} spans: ${wholeStarts} start at a whole millisecond, ${wholeEnds} end at one.`);
console.log(`${outside} of ${COUNT} children start after the end of the parent that contains them.`);
const same = wholeStarts === ended.length && wholeEnds < COUNT / 10 && outside > COUNT / 20;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
