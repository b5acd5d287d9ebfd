#!/usr/bin/env bash
# An observable counter with more series than the cardinality limit grows at each collection, although no observation changes
#
# Package:  @opentelemetry/sdk-metrics 3.1.0
# Expected: The callback of an observable counter observes totals. If there are more series than the cardinality limit, the
#           overflow point has the sum of the others (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute),
#           and constant observations give a constant sum.
# Seen:     Five queues have handled 100, 200, 300, 400 and 500 jobs, and nothing changes. With a limit of 3 the overflow point is
#           500 in the first collection, not 1200, and then 1000, 1500, … In `batchCumulate` of
#           dist/state/DeltaMetricProcessor.mjs each series beyond the limit is compared with the one before it and overwrites
#           it. A smaller total than the one before counts as a reset, so it is added as a whole.
# Matters:  The limit is 2000 by default. The counter shows traffic that does not exist, at a rate that depends on the interval of
#           the collections. Raise the limit above the number of series, or observe a sum.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @opentelemetry/sdk-metrics@3.1.0 @opentelemetry/api@1.10.0 >/dev/null

cat >probe.js <<'JS'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const jobs = (queue) => 100 * (queue + 1);
const collections = async ({ queues, limit }) => {
  const reader = new Reader({ cardinalitySelector: () => limit });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('probe');
  meter.createObservableCounter('jobs').addCallback((result) => {
    for (let queue = 0; queue < queues; queue += 1) result.observe(jobs(queue), { queue });
  });
  const sums = [];
  for (let collection = 0; collection < 4; collection += 1) {
    const { resourceMetrics } = await reader.collect();
    const { dataPoints } = resourceMetrics.scopeMetrics[0].metrics[0];
    const overflow = dataPoints.find(({ attributes }) => attributes['otel.metric.overflow'])?.value;
    sums.push({ total: dataPoints.reduce((sum, { value }) => sum + value, 0), overflow });
  }
  return sums;
};

const over = await collections({ queues: 5, limit: 3 });
const byDefault = await collections({ queues: 2_500, limit: 2_000 });
const below = await collections({ queues: 5, limit: 10 });
console.log('5 queues, limit 3:', over);
console.log('2500 queues, limit 2000:', byDefault);
console.log('5 queues, limit 10:', below);
const same =
  over.every(({ overflow }, index) => overflow === 500 * (index + 1)) &&
  byDefault.every(({ overflow }, index) => overflow === 250_000 * (index + 1)) &&
  below.every(({ total, overflow }) => total === 1_500 && overflow === undefined);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
