import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProvisionError } from './error.ts';

/** For our services, which run as the same user as this. */
const OWNER_ALONE = 0o600;

/** For a program that runs as another user: whoever has the folder can read it, and nobody else has the folder. */
const WHO_HAS_THE_FOLDER = 0o644;

interface Kind {
  readonly mode: number;
  readonly make: (service: string) => string;
}

/** How secrets of each kind are made, for a service. */
const KINDS: Readonly<Record<string, Kind>> = {
  key: { mode: OWNER_ALONE, make: () => randomBytes(32).toString('base64') },
  password: { mode: WHO_HAS_THE_FOLDER, make: () => randomBytes(24).toString('base64url') },
  database: {
    mode: OWNER_ALONE,
    make: (service) => `postgres://${service}:${randomBytes(24).toString('base64url')}@postgres:5432/${service}`,
  },
};

/** A secret that a service is to have. */
export interface Secret {
  readonly service: string;
  /** The name of the setting, and of the file. */
  readonly name: string;
  readonly kind: Kind;
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
  const known = KINDS[kind];
  if (!known) throw new ProvisionError(`"${text}": there is no kind "${kind}", only ${Object.keys(KINDS).join(', ')}.`);
  return { service, name, kind: known };
}

/**
 * Makes a secret, unless there is one: a file.
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
    await writeFile(`${path}.new`, kind.make(service), { mode: kind.mode, flush: true });
    await rename(`${path}.new`, path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new ProvisionError(`${path} cannot be written (${code}). Does the folder belong to somebody else?`);
  }
  return true;
}
