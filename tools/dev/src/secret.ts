import { CliError } from '@reputable/cli';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SecretName, SECRETS } from '@reputable/contracts/registry';

/** The secrets of all services, by name. In production they come from a secret store. */
export type Secrets = Readonly<Record<SecretName, string>>;

/** Opens the secrets in the data folder: 32 random bytes in base64 each, which the first start creates for its owner alone. */
export async function openSecrets(dataDir: string): Promise<Secrets> {
  const dir = join(dataDir, 'secrets');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const values = await Promise.all(SECRETS.map((name) => openSecret(join(dir, name.toLowerCase().replaceAll('_', '-')))));
  return Object.fromEntries(SECRETS.map((name, index) => [name, values[index]])) as Secrets;
}

async function openSecret(path: string): Promise<string> {
  try {
    await writeFile(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  if (Buffer.from(secret, 'base64').length !== 32) throw new CliError(`${path} does not hold 32 bytes in base64.`);
  return secret;
}

/** Saves the settings of `npm run keys`, for the owner of the data folder alone. */
export async function saveKeysSettings(dataDir: string, databaseUrl: string, { KEY_ENCRYPTION_KEY }: Secrets): Promise<void> {
  const path = join(dataDir, 'secrets/auth.env');
  await writeFile(path, `DATABASE_URL=${databaseUrl}\nKEY_ENCRYPTION_KEY=${KEY_ENCRYPTION_KEY}\n`, { mode: 0o600 });
}

/** Saves the URLs of the databases for `npm run outbox`, for the owner of the data folder alone. */
export async function saveDatabaseUrls(dataDir: string, urls: ReadonlyMap<string, string>): Promise<void> {
  await writeFile(join(dataDir, 'secrets/databases.json'), JSON.stringify(Object.fromEntries(urls)), { mode: 0o600 });
}
