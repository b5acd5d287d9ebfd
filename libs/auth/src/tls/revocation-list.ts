import 'reflect-metadata';
import { PemConverter, X509Certificate, X509Crl } from '@peculiar/x509';

/** Which certificates have been revoked. */
export interface RevocationList {
  /** Their serial numbers, in upper-case hexadecimal without leading zeros. */
  readonly serials: ReadonlySet<string>;
  /** When there is to be a new list; undefined if there is none, or if it does not say. */
  readonly nextUpdate: Date | undefined;
}

/** A serial number as a {@link RevocationList} has it, however it is written elsewhere. */
export const normalSerial = (serial: string) => serial.toUpperCase().replace(/^0+(?=.)/, '');

/**
 * Reads certificate revocation lists (RFC 5280 §5).
 *
 * @param pem one list after the other; empty for none. Certificates among them are of those who signed the lists, and count if a root
 *   has signed them
 * @param chain the certificates of our own leaf's issuers: their lists count
 * @param roots whom we trust: their lists count
 * @throws Error that says what is wrong with which list
 */
export async function readRevocationLists(pem: string, chain: string, roots: string): Promise<RevocationList> {
  const trusted = certificatesIn(roots);
  const brought = await Promise.all(certificatesIn(pem).map(async (it) => ((await isSignedByOneOf(it, trusted)) ? [it] : [])));
  const issuers = [...certificatesIn(chain), ...trusted, ...brought.flat()];
  const lists = blocksIn(pem, 'X509 CRL').map((raw) => new X509Crl(raw));
  if (lists.length === 0 && pem.trim() !== '') throw new Error('There is no list in it.');
  for (const list of lists) {
    if (!(await isSignedByOneOf(list, issuers))) throw new Error(`The list of ${list.issuer} is not signed by a CA of ours.`);
  }
  const ends = lists.flatMap(({ nextUpdate }) => (nextUpdate ? [nextUpdate.getTime()] : []));
  return {
    serials: new Set(lists.flatMap(({ entries }) => entries.map(({ serialNumber }) => normalSerial(serialNumber)))),
    nextUpdate: ends.length > 0 ? new Date(Math.min(...ends)) : undefined,
  };
}

async function isSignedByOneOf(it: X509Certificate | X509Crl, issuers: readonly X509Certificate[]): Promise<boolean> {
  const candidates = issuers.filter((issuer) => issuer.subject === it.issuer);
  const verified = candidates.map(({ publicKey }) =>
    it instanceof X509Crl ? it.verify({ publicKey }) : it.verify({ publicKey, signatureOnly: true }),
  );
  return (await Promise.all(verified)).includes(true);
}

const certificatesIn = (pem: string) => blocksIn(pem, 'CERTIFICATE').map((raw) => new X509Certificate(raw));

const blocksIn = (pem: string, type: string) =>
  PemConverter.decodeWithHeaders(pem)
    .filter((block) => block.type === type)
    .map(({ rawData }) => rawData);
