import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { SamplerName, Telemetry } from '@reputable/telemetry';

/** The settings of the export of spans. */
export interface TelemetrySettings {
  readonly OTEL_SDK_DISABLED: boolean;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: Readonly<Record<string, string>> | undefined;
  readonly OTEL_TRACES_SAMPLER: SamplerName;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
  readonly OTEL_BSP_SCHEDULE_DELAY: number;
  readonly OTEL_BSP_MAX_QUEUE_SIZE: number;
}

/** The OpenTelemetry SDK of a service. It exports the last spans when the service stops. */
export class OpenTelemetry implements OnApplicationShutdown {
  constructor(readonly telemetry: Telemetry) {}

  onApplicationShutdown(): Promise<void> {
    return this.telemetry.stop();
  }
}

/** Starts the SDK if the settings name a collector; otherwise loads none of it. */
export async function openTelemetry(service: string, settings: TelemetrySettings): Promise<OpenTelemetry | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers = {} } = settings;
  if (endpoint === undefined || settings.OTEL_SDK_DISABLED) return undefined;
  const log = new Logger('telemetry');
  const { startTelemetry } = await import('@reputable/telemetry');
  const telemetry = startTelemetry({
    service,
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers,
    sampler: settings.OTEL_TRACES_SAMPLER,
    ratio: settings.OTEL_TRACES_SAMPLER_ARG,
    delayMs: settings.OTEL_BSP_SCHEDULE_DELAY,
    queueSize: settings.OTEL_BSP_MAX_QUEUE_SIZE,
    onFault: (reason) => log.warn({ msg: 'spans not exported', endpoint: new URL(endpoint).origin, reason }),
  });
  return new OpenTelemetry(telemetry);
}
