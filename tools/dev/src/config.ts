import { CliError } from '@reputable/cli';
import { resolve } from 'node:path';
import { z } from 'zod';
import { PORT_SETTINGS, type Ports } from './ports.ts';

const port = z.coerce.number().int().min(0).max(65_535);

export interface LauncherConfig {
  readonly dataDir: string;
  readonly ports: Ports;
  /** The settings `OTEL_*` for the services, in place of the launcher's own collector: if they name a collector, or turn OpenTelemetry off. */
  readonly telemetry: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads the settings of `npm start`.
 *
 * @throws {CliError} naming all settings that are wrong
 */
export function readConfig(env: NodeJS.ProcessEnv): LauncherConfig {
  const { REPUTABLE_DATA = '.data' } = env;
  const ports = Object.entries(PORT_SETTINGS).map(([name, [setting, preset]]) => ({
    name,
    setting,
    ...port.safeParse(env[setting] ?? preset),
  }));
  const faults = [
    ...(REPUTABLE_DATA === '' ? ['REPUTABLE_DATA must name a folder.'] : []),
    ...ports.filter(({ success }) => !success).map(({ setting }) => `${setting} must be a port: 0 to 65535.`),
  ];
  if (faults.length > 0) throw new CliError(faults.join(' '));
  return {
    dataDir: resolve(REPUTABLE_DATA),
    telemetry: env['OTEL_EXPORTER_OTLP_ENDPOINT'] || isOff(env) ? telemetrySettings(env) : undefined,
    ports: Object.fromEntries(ports.map(({ name, data }) => [name, data])) as unknown as Ports,
  };
}

const isOff = ({ OTEL_SDK_DISABLED }: NodeJS.ProcessEnv) => OTEL_SDK_DISABLED?.toLowerCase() === 'true';

const telemetrySettings = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (name.startsWith('OTEL_') && value !== undefined ? [[name, value]] : [])),
  );
