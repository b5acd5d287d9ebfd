import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The address that Prometheus reads. */
export interface MetricsAddress {
  readonly host: string;
  /** With 0, the system chooses one. */
  readonly port: number;
}

/** The words for units in the names of Prometheus. Units in braces are not part of a name. */
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': 'ratio' };

/** The longest wait for one value, in milliseconds. Prometheus waits ten seconds. */
const VALUE_TIMEOUT_MS = 1_000;

/**
 * Serves `GET /metrics` in the text format of Prometheus. The server is ours: that of the exporter cannot listen on a port of the system's choice, and
 * names metrics without their unit, unlike Prometheus when it receives them by OTLP.
 */
export class MetricsServer {
  readonly reader = new PrometheusExporter({ preventServerStart: true });
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  readonly #http: Server = createServer((request, response) => {
    // Otherwise the error would end the process.
    this.#answer(request, response).catch(() => response.destroy());
  });

  /** @throws Error if the port is in use */
  async listen({ host, port }: MetricsAddress): Promise<number> {
    await once(this.#http.listen(port, host), 'listening');
    return (this.#http.address() as AddressInfo).port;
  }

  stop(): void {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' || url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    const { resourceMetrics } = await this.reader.collect({ timeoutMillis: VALUE_TIMEOUT_MS });
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' });
    response.end(this.#serializer.serialize(withUnits(resourceMetrics)));
  }
}

const withUnits = ({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics => ({
  resource,
  scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(withUnit) })),
});

function withUnit(metric: MetricData): MetricData {
  const { descriptor } = metric;
  const unit = UNITS[descriptor.unit];
  return unit === undefined ? metric : { ...metric, descriptor: { ...descriptor, name: `${descriptor.name}_${unit}` } };
}
