import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
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

/** A secret that a service is to have, or that several share. */
export interface Secret {
  readonly services: readonly [string, ...string[]];
  /** The name of the setting, and of the file. */
  readonly name: string;
  readonly kind: Kind;
}

/**
 * Reads `auth/KEY_ENCRYPTION_KEY=key`, or `auth,gateway/OIDC_CLIENT_SECRET=key`.
 *
 * @throws {ProvisionError}
 */
export function parseSecret(text: string): Secret {
  const [, names, name, kind = ''] = /^([a-z][a-z0-9-]*(?:,[a-z][a-z0-9-]*)*)\/([A-Z][A-Z0-9_]*)=(.*)$/.exec(text) ?? [];
  const [first, ...others] = new Set(names?.split(','));
  if (first === undefined || name === undefined) {
    throw new ProvisionError(
      `"${text}" is no secret. One reads like auth/KEY_ENCRYPTION_KEY=key, one of two services like auth,gateway/OIDC_CLIENT_SECRET=key.`,
    );
  }
  const known = KINDS[kind];
  if (!known) throw new ProvisionError(`"${text}": there is no kind "${kind}", only ${Object.keys(KINDS).join(', ')}.`);
  return { services: [first, ...others], name, kind: known };
}

/**
 * Makes a secret, unless there is one: a file for each service. Who lacks what the others have gets the same.
 *
 * @param folder the one with a folder for each service
 * @returns the services that got it now
 * @throws {ProvisionError} if a file cannot be written, or services that are to share a secret have different ones
 */
export async function makeSecret(folder: string, { services, name, kind }: Secret): Promise<readonly string[]> {
  const holders = await Promise.all(services.map(async (service) => ({ service, value: await valueAt(join(folder, service, name)) })));
  const values = new Set(holders.flatMap(({ value }) => value ?? []));
  if (values.size > 1) {
    throw new ProvisionError(`${services.join(' and ')} have different values of ${name}: delete the wrong one, and run this again.`);
  }
  const [value = kind.make(services[0])] = values;
  const lacking = holders.filter((holder) => holder.value === undefined).map(({ service }) => service);
  for (const service of lacking) await write(join(folder, service, name), value, kind.mode);
  return lacking;
}

async function valueAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ProvisionError(`${path} cannot be read (${code}). Does it belong to somebody else?`);
  }
}

async function write(path: string, value: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // In one step: half a key is worse than none.
    await writeFile(`${path}.new`, value, { mode, flush: true });
    await rename(`${path}.new`, path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new ProvisionError(`${path} cannot be written (${code}). Does the folder belong to somebody else?`);
  }
}
