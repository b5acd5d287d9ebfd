import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemError } from './error.ts';

/** What is secret between services, or a service's own. The names are those of the files. */
export type SecretName = 'key-encryption-key' | 'oidc-client-secret' | 'session-encryption-key';

/**
 * A secret of the system: 32 random bytes in base64, made once and kept in the data folder for its owner alone. In production it comes from a
 * secret store.
 */
export async function secret(dataDir: string, name: SecretName): Promise<string> {
  const dir = join(dataDir, 'secrets');
  const path = join(dir, name);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const value = (await readFile(path, 'utf8')).trim();
  if (Buffer.from(value, 'base64').length !== 32) throw new SystemError(`${path} does not hold 32 bytes in base64.`);
  return value;
}

/** The secrets of the system, each by the setting that services have it in. */
export async function secrets(dataDir: string): Promise<Secrets> {
  const [KEY_ENCRYPTION_KEY, OIDC_CLIENT_SECRET, SESSION_ENCRYPTION_KEY] = await Promise.all([
    secret(dataDir, 'key-encryption-key'),
    secret(dataDir, 'oidc-client-secret'),
    secret(dataDir, 'session-encryption-key'),
  ]);
  return { KEY_ENCRYPTION_KEY, OIDC_CLIENT_SECRET, SESSION_ENCRYPTION_KEY };
}

export type Secrets = Readonly<Record<'KEY_ENCRYPTION_KEY' | 'OIDC_CLIENT_SECRET' | 'SESSION_ENCRYPTION_KEY', string>>;

/** Leaves what `npm run keys` needs where it looks: for the owner of the data folder alone, as is all in there. */
export async function saveKeysSettings(dataDir: string, databaseUrl: string, key: string): Promise<void> {
  const path = join(dataDir, 'secrets/auth.env');
  await writeFile(path, `DATABASE_URL=${databaseUrl}\nKEY_ENCRYPTION_KEY=${key}\n`, { mode: 0o600 });
}
