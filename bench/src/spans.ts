import type { TelemetryOptions } from '@reputable/telemetry';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The export of a benchmark's spans: services that follow their callers, with the default settings. */
export const exportTo = (url: string): Omit<TelemetryOptions, 'service'> => ({
  url: `${url}/v1/traces`,
  headers: {},
  protocol: 'http/protobuf',
  sampler: 'parentbased_always_on',
  ratio: 1,
  delayMs: 5_000,
  queueSize: 2_048,
  onFault: console.error,
});

/** Starts a collector that takes spans in any form and keeps none. */
export async function startCollector(): Promise<{ url: string; stop: () => void }> {
  const server = createServer((request, response) => request.on('end', () => response.end()).resume());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}
