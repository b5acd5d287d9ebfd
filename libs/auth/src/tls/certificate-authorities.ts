import type { X509Certificate } from 'node:crypto';

/**
 * The longest time from the removal of a root to the first call on a connection that was accepted by it, in milliseconds: Node's time for a
 * handshake, the age of a connection, and a margin.
 */
const LAST_CONNECTION_MS = 150_000;

/**
 * The roots in `ca.crt`, and the issuers in the service's own `tls.crt`. A handshake checks a certificate by the roots of that time. This checks it
 * again after the roots have changed.
 */
export class CertificateAuthorities {
  /** When a root was last removed, on the clock of `performance.now()`. */
  readonly #removedAt: number;

  /** @param former the authorities that these replace */
  constructor(
    readonly roots: readonly X509Certificate[],
    readonly issuers: readonly X509Certificate[],
    former?: CertificateAuthorities,
  ) {
    const isKept = ({ publicKey }: X509Certificate) => roots.some((root) => root.publicKey.equals(publicKey));
    if (!former) this.#removedAt = -Infinity;
    else this.#removedAt = former.roots.every(isKept) ? former.#removedAt : performance.now();
  }

  /**
   * Whether a certificate that a handshake has accepted is still trusted. Node does not tell a server which issuers a client has sent. Without the
   * issuer, the certificate may be of a removed root, unless its connection is younger than the removal.
   *
   * @param seenAt when its connection was first used, on the clock of `performance.now()`
   */
  trust(certificate: X509Certificate, seenAt: number): boolean {
    return seenAt > this.#removedAt + LAST_CONNECTION_MS || isSignedBy(this.roots, certificate, this.issuers);
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
