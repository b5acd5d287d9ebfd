import type { X509Certificate } from 'node:crypto';
import { nextNumber } from './connection.ts';

/**
 * The roots in `ca.crt`, and the issuers in the service's own `tls.crt`. A handshake checks a certificate by the roots of that time. This checks it
 * again after the roots have changed.
 */
export class CertificateAuthorities {
  /** Connections that were opened after the last removal of a root have higher numbers. */
  readonly #removal: number;

  /** @param former the authorities that these replace */
  constructor(
    readonly roots: readonly X509Certificate[],
    readonly issuers: readonly X509Certificate[],
    former?: CertificateAuthorities,
  ) {
    const isKept = ({ publicKey }: X509Certificate) => roots.some((root) => root.publicKey.equals(publicKey));
    if (!former) this.#removal = -1;
    else this.#removal = former.roots.every(isKept) ? former.#removal : nextNumber();
  }

  /**
   * Whether a certificate that a handshake has accepted is still trusted. Node does not tell a server which issuers a client has sent. Without the
   * issuer, the certificate may be of a removed root, unless its connection was opened after the removal. The time of the first call does not count: a
   * client can keep a connection for later.
   *
   * @param connection the number of its connection: see `numberOf`
   */
  trust(certificate: X509Certificate, connection: number): boolean {
    return connection > this.#removal || isSignedBy(this.roots, certificate, this.issuers);
  }
}

/** Whether a trusted CA has signed the certificate, directly or through CAs of the chain. */
export function isSignedBy(trusted: readonly X509Certificate[], certificate: X509Certificate, chain: readonly X509Certificate[]): boolean {
  const isIssuer = (issuer: X509Certificate) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (trusted.some(isIssuer)) return true;
  const issuer = chain.find((each) => each.ca && isIssuer(each));
  return (
    issuer !== undefined &&
    isSignedBy(
      trusted,
      issuer,
      chain.filter((each) => each !== issuer),
    )
  );
}
