import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufTraceSerializer, TraceExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { encodeSpans } from './span-encoder.ts';

/** The exporter of `@opentelemetry/exporter-trace-otlp-proto`, with {@link encodeSpans}. */
export class ProtobufExporter extends OTLPExporterBase<ReadableSpan[]> implements SpanExporter {
  /** @param config the URL and further headers of the export. The rest is read from the environment. */
  constructor(config: { readonly url: string; readonly headers: Readonly<Record<string, string>> }) {
    // The exporters of OpenTelemetry use it as well. Nothing else reads the settings of the export from the environment.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const options = convertLegacyHttpOptions(config, 'TRACES', 'v1/traces', { 'Content-Type': 'application/x-protobuf' });
    const serializer = {
      serializeRequest: encodeSpans,
      deserializeResponse: (bytes: Uint8Array) => ProtobufTraceSerializer.deserializeResponse(bytes),
    };
    super(createOtlpHttpExportDelegate(options, serializer, 'otlp_http_span_exporter', TraceExporterMetricsHelper, undefined));
  }
}
