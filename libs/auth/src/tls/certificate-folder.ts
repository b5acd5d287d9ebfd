import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceOf } from './spiffe-id.ts';

/** A service's TLS material, as cert-manager writes it: `tls.crt` (leaf first), `tls.key` and `ca.crt`, all PEM. */
export interface Material {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  readonly ca: Buffer;
  /** When the leaf ends. */
  readonly expiresAt: Date;
}

/**
 * Reads the material of `service` from a folder and checks that it can be used.
 *
 * @throws Error that names the file and what is wrong with it
 */
export function readMaterial(folder: string, service: string, trustDomain: string): Material {
  const [certificate, privateKey, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => read(join(folder, name))) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const leaf = parse(join(folder, 'tls.crt'), () => new X509Certificate(certificate));
  const key = parse(join(folder, 'tls.key'), () => createPublicKey(privateKey));
  parse(join(folder, 'ca.crt'), () => new X509Certificate(ca));
  if (!leaf.publicKey.equals(key)) throw new Error(`${join(folder, 'tls.key')} does not belong to tls.crt.`);
  checkIdentity(leaf, join(folder, 'tls.crt'), service, trustDomain);
  checkValidity(leaf, join(folder, 'tls.crt'));
  return { certificate, privateKey, ca, expiresAt: new Date(leaf.validTo) };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`, { cause: error });
  }
}

function parse<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file} is not valid PEM.`, { cause: error });
  }
}

function checkIdentity(leaf: X509Certificate, file: string, service: string, trustDomain: string): void {
  if (serviceOf(leaf.subjectAltName, trustDomain) === service) return;
  throw new Error(`${file} is not for spiffe://${trustDomain}/${service} but for ${leaf.subjectAltName ?? 'nobody'}.`);
}

function checkValidity(leaf: X509Certificate, file: string): void {
  const now = new Date();
  if (now < new Date(leaf.validFrom)) throw new Error(`${file} is not valid before ${leaf.validFrom}; it is ${now.toISOString()}.`);
  if (now > new Date(leaf.validTo)) throw new Error(`${file} expired on ${leaf.validTo}.`);
}
