#!/usr/bin/env bash
# OpenTelemetry for grpc-js loses the SERVER span of a stream that the client cancels, or marks it OK
#
# Packages: @opentelemetry/instrumentation-grpc 0.223.0, @opentelemetry/sdk-trace-node 2.12.1, @grpc/grpc-js 1.14.7
# Expected: The SERVER span of a stream ends with the call, with `rpc.grpc.status_code` 1 (CANCELLED) or 4
#           (DEADLINE_EXCEEDED), as the CLIENT span does. https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ lists the
#           attribute for both.
# Seen:     The instrumentation ends the span at the stream's `finish` or `error` event, and a cancelled call in grpc-js
#           emits neither. The span is never exported, so the handler's child spans have no parent. A handler that
#           ends the stream in its `cancelled` listener, as Nest does, gets a span with status 0 (OK).
# Matters:  Long streams (revoked tokens, key changes, health watches) end by cancellation or deadline only. Their server
#           side is missing from traces or looks successful, and alerts on the status of SERVER spans see no failure.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "commonjs" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @opentelemetry/api@1.9.1 @opentelemetry/instrumentation@0.223.0 \
  @opentelemetry/instrumentation-grpc@0.223.0 @opentelemetry/sdk-trace-node@2.12.1 @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
const { setTimeout: sleep } = require('node:timers/promises');
const { SpanKind } = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { GrpcInstrumentation } = require('@opentelemetry/instrumentation-grpc');
const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');

setTimeout(() => process.exit(2), 40_000).unref();
const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
registerInstrumentations({ instrumentations: [new GrpcInstrumentation()] });
const { credentials, makeGenericClientConstructor, Metadata, Server, ServerCredentials } = require('@grpc/grpc-js');

const identity = (bytes) => bytes;
const stream = (name) => ({
  path: `/probe.Probe/${name}`,
  requestStream: false,
  responseStream: true,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});
const service = { Complete: stream('Complete'), Ignore: stream('Ignore'), End: stream('End') };
const handlers = {
  Complete: (call) => {
    call.write(Buffer.from('first'));
    call.end();
  },
  Ignore: (call) => call.write(Buffer.from('first')),
  End: (call) => {
    call.on('cancelled', () => call.end());
    call.write(Buffer.from('first'));
  },
};

async function main() {
  const server = new Server();
  server.addService(service, handlers);
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const client = new (makeGenericClientConstructor(service, 'Probe'))(`127.0.0.1:${port}`, credentials.createInsecure());
  async function spansOf(name, { cancel = false, timeout = 10_000 } = {}) {
    exporter.reset();
    const call = client[name](Buffer.alloc(0), new Metadata(), { deadline: Date.now() + timeout });
    await new Promise((resolve) => {
      call.on('data', () => cancel && call.cancel());
      call.on('error', resolve);
      call.on('end', resolve);
    });
    await sleep(1_000);
    const status = (kind) => exporter.getFinishedSpans().find((span) => span.kind === kind)?.attributes['rpc.grpc.status_code'] ?? 'no span';
    return { client: status(SpanKind.CLIENT), server: status(SpanKind.SERVER) };
  }
  const seen = {
    'stream that completes': await spansOf('Complete'),
    'cancelled, handler does nothing': await spansOf('Ignore', { cancel: true }),
    'deadline over, handler does nothing': await spansOf('Ignore', { timeout: 500 }),
    'cancelled, handler ends the stream': await spansOf('End', { cancel: true }),
  };
  client.close();
  server.forceShutdown();

  console.log('Status code of the exported spans:');
  for (const [call, spans] of Object.entries(seen)) console.log(`  ${call}: CLIENT ${spans.client}, SERVER ${spans.server}`);
  const same =
    Object.values(seen)
      .map((spans) => `${spans.client}/${spans.server}`)
      .join() === '0/0,1/no span,4/no span,1/0';
  console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
  process.exit(same ? 0 : 1);
}
main();
JS
node probe.js
