import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RevokedSerials, readRevocationLists } from './revocation-list.ts';
import { serviceOf } from './spiffe-id.ts';

/** The files of a folder as they are: `tls.crt` (leaf first), `tls.key`, `ca.crt` as cert-manager writes them, and `crl.pem`. All PEM. */
export interface Files {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  readonly ca: Buffer;
  /** Empty where there is no `crl.pem`: then certificates are good until they expire. */
  readonly crl: Buffer;
}

/** A service's TLS material, checked. */
export interface Material extends Files {
  /** When the leaf ends. */
  readonly expiresAt: Date;
  /** The certificates that have been revoked. */
  readonly revoked: RevokedSerials;
}

/**
 * Reads the files of a folder.
 *
 * @throws Error that names the file that cannot be read
 */
export async function readFiles(folder: string): Promise<Files> {
  const [certificate, privateKey, ca, crl] = await Promise.all([
    read(join(folder, 'tls.crt')),
    read(join(folder, 'tls.key')),
    read(join(folder, 'ca.crt')),
    read(join(folder, 'crl.pem'), Buffer.alloc(0)),
  ]);
  return { certificate, privateKey, ca, crl };
}

/** Whether two readings are the same to the byte. */
export const sameFiles = (a: Files, b: Files) =>
  a.certificate.equals(b.certificate) && a.privateKey.equals(b.privateKey) && a.ca.equals(b.ca) && a.crl.equals(b.crl);

/**
 * Checks that the files are what `service` can use.
 *
 * @param folder where they are from, for the messages
 * @throws Error that names the file and what is wrong with it
 */
export async function checkFiles(files: Files, folder: string, service: string, trustDomain: string): Promise<Material> {
  const file = join(folder, 'tls.crt');
  const leaf = parse(file, () => new X509Certificate(files.certificate));
  const key = parse(join(folder, 'tls.key'), () => createPublicKey(files.privateKey));
  parse(join(folder, 'ca.crt'), () => new X509Certificate(files.ca));
  if (!leaf.publicKey.equals(key)) throw new Error(`${join(folder, 'tls.key')} does not belong to tls.crt.`);
  if (serviceOf(leaf.subjectAltName, trustDomain) !== service) {
    throw new Error(`${file} is not for spiffe://${trustDomain}/${service} but for ${leaf.subjectAltName ?? 'nobody'}.`);
  }
  checkValidity(leaf, file);
  return { ...files, expiresAt: new Date(leaf.validTo), revoked: await revokedIn(files, folder) };
}

async function read(file: string, missing?: Buffer): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && missing) return missing;
    throw new Error(`${file} cannot be read (${code}).`, { cause: error });
  }
}

function parse<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file} is not valid PEM.`, { cause: error });
  }
}

function checkValidity(leaf: X509Certificate, file: string): void {
  const now = new Date();
  if (now < new Date(leaf.validFrom)) throw new Error(`${file} is not valid before ${leaf.validFrom}; it is ${now.toISOString()}.`);
  if (now > new Date(leaf.validTo)) throw new Error(`${file} expired on ${leaf.validTo}.`);
}

async function revokedIn({ crl, certificate, ca }: Files, folder: string): Promise<RevokedSerials> {
  try {
    // The issuing CA's certificate comes with the leaf, the root's is the anchor.
    return await readRevocationLists(crl.toString(), `${certificate.toString()}\n${ca.toString()}`);
  } catch (error) {
    throw new Error(`${join(folder, 'crl.pem')} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
