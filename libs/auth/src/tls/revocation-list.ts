import 'reflect-metadata';
import { PemConverter, X509Certificate, X509Crl } from '@peculiar/x509';

/** The revoked certificates of one or more CRLs. */
export interface RevocationList {
  /** Serial numbers in upper-case hexadecimal without leading zeros. */
  readonly serials: ReadonlySet<string>;
  /** The earliest `nextUpdate` of the CRLs; undefined if none has one. */
  readonly nextUpdate: Date | undefined;
}

/** A serial number in upper-case hexadecimal without leading zeros. */
export const normalSerial = (serial: string) => serial.toUpperCase().replace(/^0+(?=.)/, '');

/**
 * Reads certificate revocation lists (RFC 5280 §5).
 *
 * @param pem CRLs, and certificates of CRL issuers that a root has signed; empty for none
 * @param chain our own certificate chain; its CAs may issue CRLs
 * @param roots the trusted CAs; they may issue CRLs
 * @throws Error that names the CRL and its fault
 */
export async function readRevocationLists(pem: string, chain: string, roots: string): Promise<RevocationList> {
  const trusted = certificatesIn(roots);
  const included = await Promise.all(certificatesIn(pem).map(async (each) => ((await isSignedByOneOf(each, trusted)) ? [each] : [])));
  const issuers = [...certificatesIn(chain), ...trusted, ...included.flat()];
  const lists = blocksIn(pem, 'X509 CRL').map((raw) => new X509Crl(raw));
  if (lists.length === 0 && pem.trim() !== '') throw new Error('The file contains no CRL.');
  for (const list of lists) {
    if (!(await isSignedByOneOf(list, issuers))) throw new Error(`The CRL of ${list.issuer} is not signed by a trusted CA.`);
  }
  const ends = lists.flatMap(({ nextUpdate }) => (nextUpdate ? [nextUpdate.getTime()] : []));
  return {
    serials: new Set(lists.flatMap(({ entries }) => entries.map(({ serialNumber }) => normalSerial(serialNumber)))),
    nextUpdate: ends.length > 0 ? new Date(Math.min(...ends)) : undefined,
  };
}

async function isSignedByOneOf(signed: X509Certificate | X509Crl, issuers: readonly X509Certificate[]): Promise<boolean> {
  const candidates = issuers.filter((issuer) => issuer.subject === signed.issuer);
  const verified = candidates.map(({ publicKey }) =>
    signed instanceof X509Crl ? signed.verify({ publicKey }) : signed.verify({ publicKey, signatureOnly: true }),
  );
  return (await Promise.all(verified)).includes(true);
}

const certificatesIn = (pem: string) => blocksIn(pem, 'CERTIFICATE').map((raw) => new X509Certificate(raw));

/** @throws Error if a block is damaged: PemConverter skips it, and the certificates in its list would no longer be revoked */
function blocksIn(pem: string, type: string): ArrayBuffer[] {
  const blocks = PemConverter.decodeWithHeaders(pem);
  const marks = [/-BEGIN /g, /-END /g].map((mark) => pem.match(mark)?.length ?? 0);
  if (marks.some((count) => count !== blocks.length)) throw new Error('A part of the file is damaged.');
  return blocks.filter((block) => block.type === type).map(({ rawData }) => rawData);
}
