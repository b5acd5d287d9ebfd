import { CliError } from '@reputable/cli';
import type { Service } from '@reputable/contracts/registry';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A secret of a service, or one that several services share. */
export interface Secret {
  readonly services: readonly string[];
  /** The name of the setting, and of the file. */
  readonly name: string;
  /** Of the file. */
  readonly mode: number;
  readonly make: () => string;
}

/** Our services run as the user who runs this program. */
const OWNER_ONLY = 0o600;
/** PostgreSQL runs as another user. Only its container has the folder. */
const EVERYBODY = 0o644;

/** All secrets of these services, and the password of PostgreSQL. */
export function secretsOf(services: readonly Service[]): readonly Secret[] {
  const names = new Set(services.flatMap(({ secrets }) => secrets));
  return [
    { services: ['postgres'], name: 'POSTGRES_PASSWORD', mode: EVERYBODY, make: () => password() },
    ...services.flatMap(({ name, database }) => (database ? [databaseUrl(name)] : [])),
    ...[...names].map((name) => ({
      services: services.filter(({ secrets }) => secrets.includes(name)).map((service) => service.name),
      name,
      mode: OWNER_ONLY,
      make: () => randomBytes(32).toString('base64'),
    })),
  ];
}

const password = () => randomBytes(24).toString('base64url');

const databaseUrl = (service: string): Secret => ({
  services: [service],
  name: 'DATABASE_URL',
  mode: OWNER_ONLY,
  make: () => `postgres://${service}:${password()}@postgres:5432/${service}`,
});

/**
 * Makes a secret unless it exists, in a file for each service. A service without the file gets the value of the others.
 *
 * @param folder the folder with one folder for each service
 * @returns the services that have the secret from now on
 * @throws {CliError} if a file cannot be written, or services that share the secret have different values
 */
export async function makeSecret(folder: string, { services, name, mode, make }: Secret): Promise<readonly string[]> {
  const holders = await Promise.all(services.map(async (service) => ({ service, value: await valueAt(join(folder, service, name)) })));
  const values = new Set(holders.flatMap(({ value }) => value ?? []));
  if (values.size > 1) {
    throw new CliError(`${services.join(' and ')} have different values of ${name}. Delete the wrong one, and run this step again.`);
  }
  const [value = make()] = values;
  const lacking = holders.filter((holder) => holder.value === undefined).map(({ service }) => service);
  for (const service of lacking) await write(join(folder, service, name), value, mode);
  return lacking;
}

async function valueAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new CliError(`cannot read ${path} (${code}). Does it belong to another user?`);
  }
}

async function write(path: string, value: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Renamed in one step: a service must not read half a key.
    await writeFile(`${path}.new`, value, { mode, flush: true });
    await rename(`${path}.new`, path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new CliError(`cannot write ${path} (${code}). Does its folder belong to another user?`);
  }
}
