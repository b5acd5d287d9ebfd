import { diag, DiagLogLevel, metrics } from '@opentelemetry/api';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { quiet } from './diagnostics.ts';
import { measureEventLoop } from './event-loop.ts';
import { flushed } from './flush.ts';
import { type MetricsAddress, MetricsServer } from './metrics-server.ts';
import type { Protocol } from './protocol.ts';
import { resourceOf } from './resource.ts';

/** The options of {@link startMetrics}. */
export interface MetricsOptions {
  /** The name of the service. */
  readonly service: string;
  /** The export to a collector, if any. */
  readonly push?: Push | undefined;
  /** The address of `/metrics` for Prometheus, if any. */
  readonly serve?: MetricsAddress | undefined;
  /** Called with the faults of the export, at most once a minute. */
  readonly onFault: (fault: string) => void;
}

/** The export to a collector by OTLP over HTTP. */
export interface Push {
  /** The URL that metrics are posted to. */
  readonly url: string;
  /** Further headers of the export. */
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: Protocol;
  readonly intervalMs: number;
}

/** The running SDK for metrics. */
export interface Metrics {
  /** The port of `/metrics`, if it is served. */
  readonly port: number | undefined;
  /** Exports once more, for two seconds at most, and closes the port. */
  stop(): Promise<void>;
}

/** The longest export, in milliseconds. */
const EXPORT_TIMEOUT_MS = 10_000;

/**
 * Starts the OpenTelemetry SDK for metrics of this process. It keeps 2,000 combinations of attributes for a metric at most, and counts further ones
 * as `otel.metric.overflow`.
 *
 * @throws Error if the port of `/metrics` is in use
 */
export async function startMetrics({ service, push, serve, onFault }: MetricsOptions): Promise<Metrics> {
  diag.setLogger(quiet(onFault), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const server = serve && new MetricsServer();
  const port = await server?.listen(serve as MetricsAddress);
  const readers = [...(push ? [readerOf(push)] : []), ...(server ? [server.reader] : [])];
  const provider = new MeterProvider({ resource: resourceOf(service), readers });
  metrics.setGlobalMeterProvider(provider);
  const stopMeasuring = measureEventLoop();
  return {
    port,
    stop: async () => {
      server?.stop();
      await flushed(provider.shutdown());
      stopMeasuring();
    },
  };
}

function readerOf({ url, headers, protocol, intervalMs }: Push): PeriodicExportingMetricReader {
  const exporter = new (protocol === 'http/json' ? JsonExporter : ProtobufExporter)({ url, headers });
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, intervalMs),
  });
}
