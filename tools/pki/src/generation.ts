import { CliError } from '@reputable/cli';
import type { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { certify, keyPem } from './certificate.ts';
import { type Identity, readIdentity, replaceFile } from './files.ts';
import { pastHalfLife } from './leaf.ts';
import * as x509 from './x509.ts';

const DAY = 24 * 3_600_000;
const CA = { root: 'CN=Reputable development root', issuing: 'CN=Reputable development issuing' } as const;

/** A root for ten years, and an issuing certificate under it for one year. A roll replaces a generation by another one. */
export interface Generation {
  readonly root: Identity;
  readonly issuing: Identity;
}

/** Creates a generation in a folder: `root.crt`, `root.key`, `issuing.crt`, `issuing.key`. */
export async function createGeneration(dir: string): Promise<void> {
  const root = await certifyAuthority(CA.root, 3650, 1);
  await writeGeneration(dir, { root, issuing: await certifyAuthority(CA.issuing, 365, 0, { issuer: root }) });
}

/**
 * Reads the generation in a folder. Renews an issuing certificate past half of its life for the same key, so that the certificates and
 * revocation lists under it stay valid.
 * @throws {CliError} naming the file that is missing or does not fit the others
 */
export async function readGeneration(dir: string): Promise<Generation> {
  const root = await readIdentity(dir, 'root');
  const issuing = await readIdentity(dir, 'issuing');
  if (!issuing.certificate.verify(root.certificate.publicKey)) {
    throw new CliError(`${join(dir, 'issuing.crt')} is not signed by root.crt.`);
  }
  if (root.certificate.validToDate.getTime() < Date.now()) {
    throw new CliError(`${join(dir, 'root.crt')} has expired. Delete the PKI's folder to start with a new one.`);
  }
  if (!pastHalfLife(issuing.certificate)) return { root, issuing };
  const renewed = await certifyAuthority(CA.issuing, 365, 0, { issuer: root, key: issuing.key });
  await writeIdentity(dir, 'issuing', renewed);
  return { root, issuing: renewed };
}

/** Writes a generation to a folder, over an older one. */
export async function writeGeneration(dir: string, { root, issuing }: Generation): Promise<void> {
  await writeIdentity(dir, 'root', root);
  await writeIdentity(dir, 'issuing', issuing);
}

/** Certificates one after the other, as PEM. */
export const bundle = (certificates: readonly X509Certificate[]) => certificates.map(String).join('');

function certifyAuthority(subject: string, days: number, pathLength: number, by: Parameters<typeof certify>[1] = {}): Promise<Identity> {
  const notBefore = new Date(Date.now() - 5 * 60_000);
  return certify(
    {
      subject,
      notBefore,
      notAfter: new Date(notBefore.getTime() + days * DAY),
      extensions: [
        new x509.BasicConstraintsExtension(true, pathLength, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    },
    by,
  );
}

async function writeIdentity(dir: string, name: string, { certificate, key }: Identity): Promise<void> {
  await replaceFile(join(dir, `${name}.key`), keyPem(key), { secret: true });
  await replaceFile(join(dir, `${name}.crt`), certificate.toString());
}
