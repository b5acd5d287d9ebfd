import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.ts';

describe('the settings of the launcher', () => {
  it('have defaults', () => {
    expect(readConfig({})).toMatchObject({
      dataDir: resolve('.data'),
      ports: { gateway: 3000, authHttp: 3001, auth: 50051, user: 50052, post: 50053, comment: 50054, mailboxHttp: 8025, mailboxSmtp: 1025 },
    });
  });

  it('come from the environment', () => {
    const { ports, dataDir } = readConfig({ PORT: '4000', POST_GRPC_PORT: '0', REPUTABLE_DATA: '/tmp/x' });
    expect([ports.gateway, ports.post, dataDir]).toEqual([4000, 0, '/tmp/x']);
  });

  it.each<[string, NodeJS.ProcessEnv, Record<string, string> | undefined]>([
    ['none: our collector', {}, undefined],
    ['an empty endpoint: our collector', { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SDK_DISABLED: 'false' }, undefined],
    ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:4318', PATH: '/' }, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:4318' }],
    ['OpenTelemetry turned off', { OTEL_SDK_DISABLED: 'TRUE', PATH: '/' }, { OTEL_SDK_DISABLED: 'TRUE' }],
  ])('decide where spans go: %s', (_, env, telemetry) => {
    expect(readConfig(env).telemetry).toEqual(telemetry);
  });

  it('are all complained about at once', () => {
    expect(() => readConfig({ PORT: 'x', USER_GRPC_PORT: '70000', REPUTABLE_DATA: '' })).toThrow(
      'REPUTABLE_DATA must name a folder. PORT must be a port: 0 to 65535. USER_GRPC_PORT must be a port: 0 to 65535.',
    );
  });
});
