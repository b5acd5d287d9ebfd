import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { common, readConfig } from './config.ts';
import { openTelemetry } from './open-telemetry.ts';

it.each([
  ['without a collector', {}],
  ['if OpenTelemetry is turned off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318', OTEL_SDK_DISABLED: 'true' }],
])('no SDK runs %s', async (_, env) => {
  const settings = readConfig(z.object(common), { TLS_DIR: '/tls', ISSUER: 'https://auth.example.com', ...env });
  expect(await openTelemetry('test', settings)).toBeUndefined();
});
