import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Protocol, SamplerName, Telemetry } from '@reputable/telemetry';
import type { Metrics, Push } from '@reputable/telemetry/metrics';

/** The settings of OpenTelemetry. */
export interface TelemetrySettings {
  readonly HOST: string;
  readonly OTEL_SDK_DISABLED: boolean;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_PROTOCOL: Protocol;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: Readonly<Record<string, string>> | undefined;
  readonly OTEL_TRACES_SAMPLER: SamplerName;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
  readonly OTEL_BSP_SCHEDULE_DELAY: number;
  readonly OTEL_BSP_MAX_QUEUE_SIZE: number;
  readonly OTEL_METRICS_EXPORTER: 'otlp' | 'none';
  readonly OTEL_EXPORTER_OTLP_METRICS_ENDPOINT?: string | undefined;
  readonly OTEL_METRIC_EXPORT_INTERVAL: number;
  readonly METRICS_PORT?: number | undefined;
}

/** The OpenTelemetry SDKs of a service. They export once more when the service stops. */
export class OpenTelemetry implements OnApplicationShutdown {
  constructor(
    readonly telemetry: Telemetry | undefined,
    readonly metrics: Metrics | undefined,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.telemetry?.stop(), this.metrics?.stop()]);
  }
}

/**
 * Starts the SDKs that the settings ask for; otherwise loads none of them.
 *
 * @throws Error if METRICS_PORT is in use
 */
export async function openTelemetry(service: string, settings: TelemetrySettings): Promise<OpenTelemetry | undefined> {
  if (settings.OTEL_SDK_DISABLED) return undefined;
  const telemetry = await startTraces(service, settings);
  const metrics = await startMetrics(service, settings);
  return telemetry || metrics ? new OpenTelemetry(telemetry, metrics) : undefined;
}

async function startTraces(service: string, settings: TelemetrySettings): Promise<Telemetry | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings;
  if (endpoint === undefined) return undefined;
  const { startTelemetry } = await import('@reputable/telemetry');
  return startTelemetry({
    service,
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    protocol: settings.OTEL_EXPORTER_OTLP_PROTOCOL,
    sampler: settings.OTEL_TRACES_SAMPLER,
    ratio: settings.OTEL_TRACES_SAMPLER_ARG,
    delayMs: settings.OTEL_BSP_SCHEDULE_DELAY,
    queueSize: settings.OTEL_BSP_MAX_QUEUE_SIZE,
    onFault: reportTo(endpoint),
  });
}

async function startMetrics(service: string, settings: TelemetrySettings): Promise<Metrics | undefined> {
  const { HOST: host, METRICS_PORT: port } = settings;
  const push = pushOf(settings);
  if (!push && port === undefined) return undefined;
  const { startMetrics } = await import('@reputable/telemetry/metrics');
  return startMetrics({
    service,
    push,
    serve: port === undefined ? undefined : { host, port },
    onFault: reportTo(push?.url ?? settings.OTEL_EXPORTER_OTLP_ENDPOINT),
  });
}

function pushOf(settings: TelemetrySettings): Push | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: own } = settings;
  const url = own ?? (endpoint === undefined ? undefined : `${endpoint.replace(/\/$/, '')}/v1/metrics`);
  if (url === undefined || settings.OTEL_METRICS_EXPORTER === 'none') return undefined;
  return {
    url,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    protocol: settings.OTEL_EXPORTER_OTLP_PROTOCOL,
    intervalMs: settings.OTEL_METRIC_EXPORT_INTERVAL,
  };
}

/** Logs the faults of the export. Never the path or the user info of the URL, which can contain a key. */
function reportTo(url: string | undefined): (reason: string) => void {
  const log = new Logger('telemetry');
  const endpoint = url === undefined ? undefined : new URL(url).origin;
  return (reason) => log.warn({ msg: 'telemetry not exported', endpoint, reason });
}
