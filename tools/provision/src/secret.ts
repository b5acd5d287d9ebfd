import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProvisionError } from './error.ts';

/** How secrets of each kind are made, for a service. */
const KINDS: Readonly<Record<string, (service: string) => string>> = {
  key: () => randomBytes(32).toString('base64'),
  password: () => randomBytes(24).toString('base64url'),
  database: (service) => `postgres://${service}:${randomBytes(24).toString('base64url')}@postgres:5432/${service}`,
};

/** A secret that a service is to have. */
export interface Secret {
  readonly service: string;
  /** The name of the setting, and of the file. */
  readonly name: string;
  readonly kind: string;
}

/**
 * Reads `auth/KEY_ENCRYPTION_KEY=key`.
 *
 * @throws {ProvisionError}
 */
export function parseSecret(text: string): Secret {
  const [, service, name, kind = ''] = /^([a-z][a-z0-9-]*)\/([A-Z][A-Z0-9_]*)=(.*)$/.exec(text) ?? [];
  if (service === undefined || name === undefined) {
    throw new ProvisionError(`"${text}" is no secret. One reads like auth/KEY_ENCRYPTION_KEY=key.`);
  }
  if (!(kind in KINDS)) throw new ProvisionError(`"${text}": there is no kind "${kind}", only ${Object.keys(KINDS).join(', ')}.`);
  return { service, name, kind };
}

/**
 * Makes a secret, unless there is one: a file that only its owner may read.
 *
 * @param folder the one with a folder for each service
 * @returns whether it was made now
 */
export async function makeSecret(folder: string, { service, name, kind }: Secret): Promise<boolean> {
  const path = join(folder, service, name);
  if (existsSync(path)) return false;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // In one step: half a key is worse than none.
    await writeFile(`${path}.new`, KINDS[kind]?.(service) ?? '', { mode: 0o600, flush: true });
    await rename(`${path}.new`, path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new ProvisionError(`${path} cannot be written (${code}). Does the folder belong to somebody else?`);
  }
  return true;
}
