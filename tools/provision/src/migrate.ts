import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ProvisionError } from './error.ts';

/** Where the apps are in the image, beside this tool. */
const APPS = join(import.meta.dirname, '../../../apps');

/**
 * Runs the migrations of a service, in a process of their own and as the service's own role.
 *
 * @throws {ProvisionError} if they fail; why, the process has said
 */
export async function migrateService(folder: string, service: string): Promise<void> {
  const program = join(APPS, service, `src/migrate${import.meta.filename.endsWith('.js') ? '.js' : '.ts'}`);
  const env = { DATABASE_URL_FILE: join(folder, service, 'DATABASE_URL') };
  const child = spawn(process.execPath, [...process.execArgv, program], { env, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new ProvisionError(`The migrations of ${service} have not run.`);
}
