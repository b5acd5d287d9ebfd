import { CliError } from '@reputable/cli';
import { resolve } from 'node:path';
import { z } from 'zod';
import { PORT_SETTINGS } from './ports.ts';
import type { Ports } from './ports.ts';

const port = (preset: number) =>
  z.coerce
    .number('must be a port number')
    .int('must be a port number')
    .min(0, 'must be a port number')
    .max(65_535, 'must be a port number')
    .default(preset);

const Settings = z.object({
  REPUTABLE_DATA: z.string().min(1, 'must name a folder').default('.data'),
  ...(Object.fromEntries(Object.values(PORT_SETTINGS).map(([name, preset]) => [name, port(preset)])) as Record<
    string,
    ReturnType<typeof port>
  >),
});

export interface LauncherConfig {
  readonly dataDir: string;
  readonly ports: Ports;
}

/**
 * What `npm start` is told by its environment.
 * @throws {CliError} naming all settings that are wrong
 */
export function readConfig(env: NodeJS.ProcessEnv): LauncherConfig {
  const parsed = Settings.safeParse(env);
  if (!parsed.success) {
    throw new CliError(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}.`).join(' '));
  }
  const { REPUTABLE_DATA, ...ports } = parsed.data;
  return {
    dataDir: resolve(REPUTABLE_DATA),
    ports: Object.fromEntries(
      Object.entries(PORT_SETTINGS).map(([name, [setting]]) => [name, (ports as Record<string, number>)[setting]]),
    ) as unknown as Ports,
  };
}
