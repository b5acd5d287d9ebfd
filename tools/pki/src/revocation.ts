import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ES256, keyIdentifierOf, nameOf, signingKey } from './certificate.ts';
import type { Identity } from './files.ts';
import * as x509 from './x509.ts';

const LIFETIME = 7 * 24 * 3_600_000;
const CRL_NUMBER = '2.5.29.20';

/**
 * Signs the list of the revoked certificates of one issuer (a CRL, RFC 5280, section 5), good for a week.
 * @param revoked serial numbers in hexadecimal, with the time of their revocation
 */
export async function signRevocationList(issuer: Identity, revoked: ReadonlyMap<string, Date>): Promise<string> {
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

/** The revoked serial numbers in a file that `signRevocationList` wrote; none if there is no such file. */
export async function readRevoked(path: string, issuer: X509Certificate): Promise<Map<string, Date>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lists = text.match(/(?<=BEGIN X509 CRL-----)[^-]+/g) ?? [];
  const own = lists
    .map((base64) => new x509.X509Crl(Buffer.from(base64, 'base64')))
    .filter((list) => list.issuer === nameOf(issuer).toString());
  return new Map(own.flatMap((list) => list.entries.map((entry) => [entry.serialNumber, entry.revocationDate])));
}

/** Lists must be numbered upwards (RFC 5280, 5.2.3); the time does that. */
function crlNumber(now: Date): x509.Extension {
  const digits = Buffer.alloc(8);
  digits.writeBigUInt64BE(BigInt(now.getTime()));
  // 48 bits, as short as DER wants it for as long as anybody reads this.
  const integer = digits.subarray(2);
  return new x509.Extension(CRL_NUMBER, false, Buffer.from([0x02, integer.length, ...integer]));
}
