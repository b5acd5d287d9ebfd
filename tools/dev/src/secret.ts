import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemError } from './error.ts';

/**
 * The key that auth encrypts its private keys with: 32 random bytes in base64, made once and kept in the data folder for its
 * owner alone. In production it comes from a secret store.
 */
export async function keyEncryptionKey(dataDir: string): Promise<string> {
  const dir = join(dataDir, 'secrets');
  const path = join(dir, 'key-encryption-key');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = (await readFile(path, 'utf8')).trim();
  if (Buffer.from(key, 'base64').length !== 32) throw new SystemError(`${path} does not hold 32 bytes in base64.`);
  return key;
}

/** Leaves what `npm run keys` needs where it looks: for the owner of the data folder alone, as is all in there. */
export async function saveKeysSettings(dataDir: string, databaseUrl: string, key: string): Promise<void> {
  const path = join(dataDir, 'secrets/auth.env');
  await writeFile(path, `DATABASE_URL=${databaseUrl}\nKEY_ENCRYPTION_KEY=${key}\n`, { mode: 0o600 });
}
