#!/usr/bin/env bash
# With a view, a metric reader that nobody collects keeps every collection of the other readers in memory
#
# Packages: @opentelemetry/sdk-metrics 3.1.0, @opentelemetry/exporter-prometheus 0.301.0
# Expected: Collecting one reader "SHOULD NOT introduce side-effects to other MetricReader instances"
#           (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricreader). A MeterProvider with a reader that pushes and a
#           Prometheus endpoint needs as much memory as its series, whether or not Prometheus scrapes, with or without a view.
# Seen:     Without a view the memory is constant. With one, each collection by the pushing reader leaves a copy of all series
#           for the other reader: 500 collections of 200 series hold some 30 MB, which the first scrape merges and frees. Metrics
#           without a view have a storage of their own for each reader; `_registerMetricStorage` of
#           dist/state/MeterSharedState.mjs makes one storage for all readers if a view matches, and `_stashAccumulations` of
#           dist/state/TemporalMetricProcessor.mjs appends each collection to the list of each reader, without a bound.
# Matters:  A service with a Prometheus endpoint that nobody scrapes, or whose Prometheus is down for a night, grows with each
#           export by OTLP. Configure only readers that are collected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @opentelemetry/api@1.10.0 @opentelemetry/sdk-metrics@3.1.0 \
  @opentelemetry/exporter-prometheus@0.301.0 >/dev/null

cat >probe.js <<'JS'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

class PushingReader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const COLLECTIONS = 500;
const SERIES = 200;
const heapKb = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed / 1024;
};
const run = async ({ views }) => {
  const pushing = new PushingReader();
  const prometheus = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [pushing, prometheus], views });
  const counter = provider.getMeter('probe').createCounter('calls');
  const round = async () => {
    for (let route = 0; route < SERIES; route += 1) counter.add(1, { route: `/route/${route}` });
    await pushing.collect();
  };
  for (let warmUp = 0; warmUp < 50; warmUp += 1) await round();
  await prometheus.collect();
  const before = heapKb();
  for (let collection = 0; collection < COLLECTIONS; collection += 1) await round();
  const grownKb = Math.round(heapKb() - before);
  await prometheus.collect();
  return { grownKb, afterScrapeKb: Math.round(heapKb() - before) };
};

await run({ views: [] });
const without = await run({ views: [] });
const withView = await run({ views: [{ instrumentName: 'calls', name: 'requests' }] });
console.log(`Heap after ${COLLECTIONS} collections of ${SERIES} series by one of two readers, in KB:`);
console.log('without a view:', without);
console.log('with a view:   ', withView);
const same = without.grownKb < 3_000 && withView.grownKb > 10_000 && withView.afterScrapeKb < 3_000;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node --expose-gc probe.js
