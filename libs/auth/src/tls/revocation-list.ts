import 'reflect-metadata';
import { PemConverter, X509Certificate, X509Crl } from '@peculiar/x509';

/** The serial numbers of revoked certificates, in upper-case hexadecimal without leading zeros. */
export type RevokedSerials = ReadonlySet<string>;

/** A serial number as {@link RevokedSerials} has it, however it is written elsewhere. */
export const normalSerial = (serial: string) => serial.toUpperCase().replace(/^0+(?=.)/, '');

/**
 * Reads certificate revocation lists (RFC 5280 §5).
 *
 * @param pem one list after the other; empty for none
 * @param issuersPem the certificates of those whose lists count: each list must be signed by one of them
 * @throws Error that says what is wrong with which list
 */
export async function readRevocationLists(pem: string, issuersPem: string): Promise<RevokedSerials> {
  const issuers = PemConverter.decode(issuersPem).map((raw) => new X509Certificate(raw));
  const lists = PemConverter.decode(pem).map((raw) => new X509Crl(raw));
  const serials = await Promise.all(lists.map((list) => revokedBy(list, issuers)));
  return new Set(serials.flat());
}

async function revokedBy(list: X509Crl, issuers: readonly X509Certificate[]): Promise<string[]> {
  const candidates = issuers.filter((issuer) => issuer.subject === list.issuer);
  const signed = await Promise.all(candidates.map((issuer) => list.verify({ publicKey: issuer.publicKey })));
  if (!signed.includes(true)) throw new Error(`The list of ${list.issuer} is not signed by a CA of ours.`);
  return list.entries.map(({ serialNumber }) => normalSerial(serialNumber));
}
