import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateAuthorities, isSignedBy } from './certificate-authorities.ts';
import { normalSerial } from './revocation-list.ts';
import { serviceOf, spiffeIdOf } from './spiffe-id.ts';

/** The folder of a service's certificate, and the name that it must have. */
export interface CertificateSource {
  /** Contains `tls.crt`, `tls.key`, `ca.crt`, and optionally `crl.pem`. */
  readonly folder: string;
  readonly service: string;
  readonly trustDomain: string;
}

/** The unchecked files of a folder: `tls.crt` (leaf first), `tls.key`, `ca.crt` as cert-manager writes them, and `crl.pem`. All PEM. */
export interface Files {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  /** The trusted CAs: two while one CA replaces the other. */
  readonly ca: Buffer;
  /** Empty without a `crl.pem`: certificates are then valid until they expire. */
  readonly crl: Buffer;
}

/** A service's checked TLS material. */
export interface Material extends Omit<Files, 'crl'> {
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly authorities: CertificateAuthorities;
  /** In upper-case hexadecimal without leading zeros. */
  readonly serialNumber: string;
}

/**
 * Reads the files of a folder.
 *
 * @throws Error that names the unreadable file
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

/** Whether both have the same bytes, apart from the CRL. */
export const sameMaterial = (a: Omit<Files, 'crl'>, b: Omit<Files, 'crl'>) =>
  a.certificate.equals(b.certificate) && a.privateKey.equals(b.privateKey) && a.ca.equals(b.ca);

/**
 * Checks that `service` can use the files.
 *
 * @param former the authorities of the material that these files replace
 * @throws Error that names the file and its fault
 */
export function checkMaterial(
  files: Files,
  { folder, service, trustDomain }: CertificateSource,
  former?: CertificateAuthorities,
): Material {
  const file = join(folder, 'tls.crt');
  const [leaf, ...chain] = parse(file, () => certificatesIn(files.certificate));
  const key = parse(join(folder, 'tls.key'), () => createPublicKey(files.privateKey));
  const roots = parse(join(folder, 'ca.crt'), () => certificatesIn(files.ca));
  if (!leaf.publicKey.equals(key)) throw new Error(`${join(folder, 'tls.key')} does not belong to tls.crt.`);
  if (serviceOf(leaf.subjectAltName, trustDomain) !== service) {
    throw new Error(`${file} is not for ${spiffeIdOf(service, trustDomain)} but for ${leaf.subjectAltName ?? 'no name'}.`);
  }
  if (!isSignedBy(roots, leaf, chain)) throw new Error(`${file} is not signed by a CA in ca.crt.`);
  const { certificate, privateKey, ca } = files;
  const material = {
    ...{ certificate, privateKey, ca },
    authorities: new CertificateAuthorities(roots, chain, former),
    startsAt: new Date(leaf.validFrom),
    expiresAt: new Date(leaf.validTo),
    serialNumber: normalSerial(leaf.serialNumber),
  };
  const fault = faultInTime(material, folder);
  if (fault !== undefined) throw new Error(fault);
  return material;
}

/** The fault if the certificate is not yet valid or has expired. */
export function faultInTime({ startsAt, expiresAt }: Material, folder: string): string | undefined {
  const file = join(folder, 'tls.crt');
  const now = new Date();
  if (now < startsAt) return `${file} is not valid before ${startsAt.toISOString()}; it is ${now.toISOString()}.`;
  if (now > expiresAt) return `${file} expired on ${expiresAt.toISOString()}; it is ${now.toISOString()}.`;
  return undefined;
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

/** All certificates of a file. Node reads only the first one. */
function certificatesIn(pem: Buffer): [X509Certificate, ...X509Certificate[]] {
  const [first = '', ...more] = pem.toString().split(/(?<=-----END CERTIFICATE-----\s*)(?=-----BEGIN)/);
  return [new X509Certificate(first), ...more.map((each) => new X509Certificate(each))];
}
