#!/usr/bin/env bash
# A cumulative metric gets as many further series at each collection as its cardinality limit allows
#
# Packages: @opentelemetry/sdk-metrics 3.1.0, @opentelemetry/exporter-prometheus 0.301.0
# Expected: "This limit controls the maximum number of unique time series that can be tracked for each metric instrument" (README
#           of sdk-metrics). A counter with a limit of 100 has 100 points at most, the overflow point among them, as
#           https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits asks.
# Seen:     With cumulative temporality, which Prometheus needs, each collection adds up to 99 series that are new since the last
#           one, and none ever leaves. After ten collections the counter has 991 points. `record` of
#           dist/state/DeltaMetricProcessor.mjs counts the series since the last collection. dist/state/TemporalMetricProcessor.mjs
#           merges them into the series reported before, and does not count them.
# Matters:  With an attribute of many values, such as a tenant, the memory and each scrape grow as long as the process runs,
#           although the limit is set and the overflow point is reported. They grow faster if Prometheus scrapes more often.
#           Remove such an attribute by a view.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @opentelemetry/api@1.10.0 @opentelemetry/sdk-metrics@3.1.0 \
  @opentelemetry/exporter-prometheus@0.301.0 >/dev/null

cat >probe.js <<'JS'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

const LIMIT = 100;
const COLLECTIONS = 10;
class DeltaReader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const points = async ({ reader, views }) => {
  const counter = new MeterProvider({ readers: [reader], views }).getMeter('probe').createCounter('calls');
  const found = [];
  let tenant = 0;
  for (let collection = 0; collection < COLLECTIONS; collection += 1) {
    for (let call = 0; call < 1_000; call += 1) counter.add(1, { tenant: (tenant += 1) });
    const { resourceMetrics } = await reader.collect();
    const text = new PrometheusSerializer().serialize(resourceMetrics);
    found.push(text.split('\n').filter((line) => line.startsWith('calls_total{')).length);
  }
  return found;
};

const views = [{ instrumentName: 'calls', aggregationCardinalityLimit: LIMIT }];
const prometheus = await points({ reader: new PrometheusExporter({ preventServerStart: true }), views });
const delta = await points({
  reader: new DeltaReader({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA }),
  views,
});
console.log(`Points with a limit of ${LIMIT}, cumulative:`, prometheus.join(', '));
console.log(`Points with a limit of ${LIMIT}, delta:     `, delta.join(', '));
const same = prometheus.every((count, index) => count === (LIMIT - 1) * (index + 1) + 1) && delta.every((count) => count === LIMIT);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
