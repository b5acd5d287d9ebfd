import { CliError } from '@reputable/cli';
import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A certificate and its private key. */
export interface Identity {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/**
 * Reads `<name>.crt` and `<name>.key` in a folder.
 * @throws {CliError} if a file is missing or unreadable, or the key is not the certificate's
 */
export async function readIdentity(dir: string, name: string): Promise<Identity> {
  const certificate = await read(join(dir, `${name}.crt`), (pem) => new X509Certificate(pem), 'a certificate');
  const key = await read(join(dir, `${name}.key`), createPrivateKey, 'a private key');
  if (!certificate.checkPrivateKey(key)) {
    throw new CliError(`${join(dir, `${name}.key`)} is not the key of ${name}.crt.`);
  }
  return { certificate, key };
}

/** Replaces a file in one step, so that no process reads half of it. Only its owner can read a `secret` file. */
export async function replaceFile(path: string, text: string, { secret = false } = {}): Promise<void> {
  const next = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(next, text, { mode: secret ? 0o600 : 0o644, flush: true });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

async function read<T>(path: string, parse: (pem: string) => T, what: string): Promise<T> {
  if (!existsSync(path)) throw new CliError(`${path} is missing.`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return parse(text);
  } catch (error) {
    throw new CliError(`${path} does not hold ${what}.`, { cause: error });
  }
}
