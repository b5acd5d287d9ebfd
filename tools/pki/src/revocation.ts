import { CliError } from '@reputable/cli';
import { readFile } from 'node:fs/promises';
import { ES256, keyIdentifierOf, nameOf, signingKey } from './certificate.ts';
import type { Identity } from './files.ts';
import type { Generation } from './generation.ts';
import * as x509 from './x509.ts';

const LIFETIME = 7 * 24 * 3_600_000;
const CRL_NUMBER = '2.5.29.20';

/** What a list of the revoked says. */
export interface Revoked {
  /** Serial numbers in hexadecimal, as the certificates say them, with the time of their revocation. */
  readonly serials: ReadonlyMap<string, Date>;
  /** Whether half of its life is over: the time to sign it again. */
  readonly isOld: boolean;
}

/**
 * Signs the list of the revoked certificates, good for a week, in the name of every generation that is trusted: who trusts one of them
 * can check it. Before each issuing certificate's list (a CRL, RFC 5280, section 5) stands that certificate, as not everybody has it
 * during a roll; after it the root's empty one, as who checks a chain needs the list of every issuer in it.
 *
 * @param revoked serial numbers in hexadecimal, with the time of their revocation
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
 * Reads what `signRevocationLists` wrote; undefined if there is no such file.
 * @throws {CliError} when the file is damaged: nobody is taken off the list because it cannot be read
 */
export async function readRevocationLists(path: string): Promise<Revoked | undefined> {
  try {
    const text = await readFile(path, 'utf8');
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
    throw new CliError(`${path} does not hold a list of revoked certificates.`, { cause: error });
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
  // The library's own PEM says "CRL"; OpenSSL reads "X509 CRL" only (RFC 7468, section 6).
  const lines =
    Buffer.from(list.rawData)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n');
}

/** Lists must be numbered upwards (RFC 5280, 5.2.3); the time does that. */
function crlNumber(now: Date): x509.Extension {
  const digits = Buffer.alloc(8);
  digits.writeBigUInt64BE(BigInt(now.getTime()));
  // 48 bits, as short as DER wants it for as long as anybody reads this.
  const integer = digits.subarray(2);
  return new x509.Extension(CRL_NUMBER, false, Buffer.from([0x02, integer.length, ...integer]));
}
