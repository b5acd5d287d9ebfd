import { CliError } from '@reputable/cli';
import { readFile } from 'node:fs/promises';
import { ES256, keyIdentifierOf, nameOf, signingKey } from './certificate.ts';
import type { Identity } from './files.ts';
import type { Generation } from './generation.ts';
import * as x509 from './x509.ts';

const LIFETIME = 7 * 24 * 3_600_000;
const CRL_NUMBER = '2.5.29.20';

/** The content of a revocation list. */
export interface Revoked {
  /** The serial numbers in hexadecimal, as in the certificates, with their revocation times. */
  readonly serials: ReadonlyMap<string, Date>;
  /** Whether half of its life is over, so that it must be signed again. */
  readonly isOld: boolean;
}

/**
 * Signs the revocation list for a week, once for every trusted generation: a service that trusts one of them can verify it. The text has,
 * for each generation, the issuing certificate, which some services lack during a roll; its list (a CRL, RFC 5280, section 5); and the
 * root's empty list, because a verifier needs the list of every issuer in a chain.
 *
 * @param revoked the serial numbers in hexadecimal, with their revocation times
 */
export async function signRevocationLists(generations: readonly Generation[], revoked: ReadonlyMap<string, Date>): Promise<string> {
  const lists = generations.map(async ({ root, issuing }) => [
    issuing.certificate.toString(),
    await signRevocationList(issuing, revoked),
    await signRevocationList(root, new Map()),
  ]);
  return (await Promise.all(lists)).flat().join('');
}

/**
 * Reads the lists of `signRevocationLists`; undefined if the file does not exist.
 * @throws {CliError} if the file is damaged: a certificate must not leave the list that way
 */
export async function readRevocationLists(path: string): Promise<Revoked | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    // Not by PemConverter, which skips a damaged block.
    const lists = [...text.matchAll(/BEGIN X509 CRL-----([^-]+)/g)].map(
      ([, base64 = '']) => new x509.X509Crl(Buffer.from(base64, 'base64')),
    );
    if (lists.length === 0) throw new Error('no list in it');
    const oldest = Math.min(...lists.map(({ thisUpdate }) => thisUpdate.getTime()));
    return {
      serials: new Map(lists.flatMap(({ entries }) => entries.map((entry) => [entry.serialNumber, entry.revocationDate]))),
      isOld: Date.now() - oldest > LIFETIME / 2,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`${path} does not hold a revocation list.`, { cause: error });
  }
}

async function signRevocationList(issuer: Identity, revoked: ReadonlyMap<string, Date>): Promise<string> {
  const now = new Date();
  const list = await x509.X509CrlGenerator.create({
    issuer: nameOf(issuer.certificate),
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + LIFETIME),
    entries: [...revoked].map(([serialNumber, revocationDate]) => ({
      serialNumber,
      revocationDate,
      reason: x509.X509CrlReason.keyCompromise,
    })),
    extensions: [await keyIdentifierOf(issuer.certificate), crlNumber(now)],
    signingAlgorithm: ES256,
    signingKey: signingKey(issuer.key),
  });
  // The library's own label is "CRL"; OpenSSL reads "X509 CRL" only (RFC 7468, section 6).
  return `${x509.PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
}

/** The numbers of lists must increase (RFC 5280, 5.2.3), so the number is the time. */
function crlNumber(now: Date): x509.Extension {
  const digits = Buffer.alloc(8);
  digits.writeBigUInt64BE(BigInt(now.getTime()));
  // DER needs the shortest form: 48 bits for the next thousands of years.
  const integer = digits.subarray(2);
  return new x509.Extension(CRL_NUMBER, false, Buffer.from([0x02, integer.length, ...integer]));
}
