import { CliError } from '@reputable/cli';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The folder of the apps in the image. */
const APPS = join(import.meta.dirname, '../../../apps');

/**
 * Runs the migrations of a service in a separate process, with the service's own role.
 *
 * @throws {CliError} if they fail; the process prints the reason
 */
export async function migrateService(folder: string, service: string): Promise<void> {
  const program = join(APPS, service, `src/migrate${import.meta.filename.endsWith('.js') ? '.js' : '.ts'}`);
  const env = { DATABASE_URL_FILE: join(folder, service, 'DATABASE_URL') };
  const child = spawn(process.execPath, [...process.execArgv, program], { env, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new CliError(`The migrations of ${service} failed.`);
}
