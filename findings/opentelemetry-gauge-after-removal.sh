#!/usr/bin/env bash
# A gauge whose callback was removed is reported with its last value for as long as the process runs
#
# Packages: @opentelemetry/sdk-metrics 3.1.0, @opentelemetry/exporter-prometheus 0.301.0
# Expected: `removeCallback` ends the observation, so that later collections have no point of this gauge: "Unregister a callback".
# Seen:     Each later collection has the last value with the time of that collection. A gauge whose callback still runs, and
#           observes nothing, keeps its last value in the same way.
# Matters:  A queue that was closed, a connection that is lost or a certificate that is no longer watched seems to be alive and
#           unchanged, so an alert on an absent series never fires. Export the age of the value as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @opentelemetry/sdk-metrics@3.1.0 @opentelemetry/exporter-prometheus@0.301.0 >/dev/null

cat >probe.js <<'JS'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

const reader = new PrometheusExporter({ preventServerStart: true });
const meter = new MeterProvider({ readers: [reader] }).getMeter('probe');
const collect = async (name) => {
  const { resourceMetrics } = await reader.collect();
  const text = new PrometheusSerializer().serialize(resourceMetrics);
  return text.split('\n').find((line) => line.startsWith(name))?.split(' ')[1] ?? 'absent';
};

const removed = meter.createObservableGauge('removed');
const callback = (result) => result.observe(42);
removed.addCallback(callback);
let isOpen = true;
meter.createObservableGauge('silent').addCallback((result) => {
  if (isOpen) result.observe(7);
});

const before = { removed: await collect('removed'), silent: await collect('silent') };
removed.removeCallback(callback);
isOpen = false;
const after = { removed: await collect('removed'), silent: await collect('silent') };
console.log({ before, after });
const same = before.removed === '42' && after.removed === '42' && before.silent === '7' && after.silent === '7';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
