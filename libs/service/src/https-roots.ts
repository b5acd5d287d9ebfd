import { Logger } from '@nestjs/common';
import type { CertificateWatch } from '@reputable/auth';
import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';

/** A certificate in PEM. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Lets HTTPS requests of this process trust the roots in `ca.crt` of now, as gRPC does: requests for keys, and to the authorization server. Node.js reads
 * NODE_EXTRA_CA_CERTS at its start alone, so without this they fail after a root was replaced. No effect unless that file has a root of `ca.crt` at the
 * start.
 *
 * @param extra the certificates in NODE_EXTRA_CA_CERTS, in PEM
 */
export function followRoots(
  certificate: Pick<CertificateWatch, 'addCaCertificateListener'>,
  extra: readonly string[] = tls.getCACertificates('extra'),
): void {
  const log = new Logger('tls');
  const readAtStart = namesOf(extra);
  let trusted: ReadonlySet<string> | undefined;
  certificate.addCaCertificateListener((update) => {
    const roots = update?.caCertificate.toString().match(CERTIFICATE) ?? [];
    const names = namesOf(roots);
    const before = (trusted ??= new Set([...names].filter((name) => readAtStart.has(name))));
    if (before.size === 0 || isSame(names, before)) return;
    trusted = names;
    const others = tls.getCACertificates('default').filter((one) => !before.has(nameOf(one)));
    tls.setDefaultCACertificates([...others, ...roots]);
    log.log({ msg: 'roots for HTTPS replaced', roots: roots.length });
  });
}

const nameOf = (pem: string) => new X509Certificate(pem).fingerprint256;

const namesOf = (certificates: readonly string[]): ReadonlySet<string> => new Set(certificates.map(nameOf));

const isSame = (names: ReadonlySet<string>, others: ReadonlySet<string>) =>
  names.size === others.size && [...names].every((name) => others.has(name));
