#!/usr/bin/env bash
# `forceFlush` of the BatchSpanProcessor does not wait for the batch that is being exported
#
# Packages: @opentelemetry/sdk-trace 3.1.0, @opentelemetry/exporter-trace-otlp-http 0.301.0, @opentelemetry/sdk-logs 3.1.0
# Expected: After `await provider.forceFlush()` the collector has every span that ended before. The specification asks that
#           ForceFlush completes the export of these spans and then calls ForceFlush of the exporter
#           (https://opentelemetry.io/docs/specs/otel/trace/sdk/#forceflush-1).
# Seen:     511 spans arrive and 512 do not. The 512th span fills a batch of the default size, so the processor starts an export
#           at once and empties its queue. dist/export/BatchSpanProcessorBase.mjs keeps no promise of such an export, nor of one
#           that the timer started. `forceFlush` exports the queue alone, so it resolves before the request is sent, and it does
#           not call `forceFlush` of the exporter. The BatchLogRecordProcessor of the same release waits for the export.
# Matters:  A job or a serverless function that flushes before its process exits or freezes loses spans under load, and tests with
#           a few spans pass. Await `shutdown`, which waits for the exporter, or also await `forceFlush` of the exporter.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @opentelemetry/api@1.10.0 @opentelemetry/sdk-trace@3.1.0 \
  @opentelemetry/exporter-trace-otlp-http@0.301.0 @opentelemetry/sdk-logs@3.1.0 >/dev/null

cat >job.js <<'JS'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const [url, spans, end] = process.argv.slice(2);
const exporter = new OTLPTraceExporter({ url });
const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
const tracer = provider.getTracer('job');
for (let span = 0; span < Number(spans); span += 1) tracer.startSpan('work').end();
await provider[end]();
process.exit(0);
JS
cat >probe.js <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

setTimeout(() => process.exit(2), 50_000).unref();
let arrived;
const collector = createServer(async (request, response) => {
  const { resourceSpans } = await json(request);
  for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) arrived += spans.length;
  response.end('{}');
});
await new Promise((resolve) => collector.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${collector.address().port}/v1/traces`;
const run = async (spans, end) => {
  arrived = 0;
  const [code] = await once(spawn(process.execPath, ['job.js', url, String(spans), end], { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`The job ended with ${code}.`);
  await sleep(200);
  console.log(`${spans} spans, then ${end}: ${arrived} arrived`);
  return arrived;
};
const below = await run(511, 'forceFlush');
const full = await run(512, 'forceFlush');
const shutdown = await run(512, 'shutdown');
collector.close();

const EXPORT_MS = 300;
const exporter = () => ({
  exported: 0,
  export(batch, done) {
    setTimeout(() => done({ code: 0 }, (this.exported += batch.length)), EXPORT_MS);
  },
  forceFlush: async () => {},
  shutdown: async () => {},
});
const [spans, logs] = [exporter(), exporter()];
const tracers = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: spans, maxExportBatchSize: 10 })] });
const loggers = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: logs, maxExportBatchSize: 10 })] });
for (let item = 0; item < 10; item += 1) {
  tracers.getTracer('probe').startSpan('work').end();
  loggers.getLogger('probe').emit({ body: 'work' });
}
await tracers.forceFlush();
const exportedSpans = spans.exported;
await loggers.forceFlush();
const exportedLogs = logs.exported;
console.log(`Exported when forceFlush resolves: ${exportedSpans} of 10 spans, ${exportedLogs} of 10 log records`);
const same = below === 511 && full === 0 && shutdown === 512 && exportedSpans === 0 && exportedLogs === 10;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
