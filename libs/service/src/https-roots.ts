import { Logger } from '@nestjs/common';
import type { CertificateWatch } from '@reputable/auth';
import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';

/**
 * Lets HTTPS requests of this process trust the roots in `ca.crt` of now, as gRPC does: requests for keys, and to the authorization server. Node.js reads
 * NODE_EXTRA_CA_CERTS at its start alone, so without this they fail after a root was replaced. No effect unless that file has a root of `ca.crt` at the
 * start.
 *
 * @param extra the certificates in NODE_EXTRA_CA_CERTS, in PEM
 */
export function followRoots(
  certificate: Pick<CertificateWatch, 'authorities' | 'onChange'>,
  extra: readonly string[] = tls.getCACertificates('extra'),
): void {
  const log = new Logger('tls');
  const readAtStart = new Set(extra.map(nameOf));
  let trusted = new Set(namesOf(certificate).filter((name) => readAtStart.has(name)));
  if (trusted.size === 0) return;
  const follow = () => {
    const names = new Set(namesOf(certificate));
    if (names.size === trusted.size && [...names].every((name) => trusted.has(name))) return;
    const others = tls.getCACertificates('default').filter((one) => !trusted.has(nameOf(one)));
    const roots = certificate.authorities.roots.map(String);
    trusted = names;
    tls.setDefaultCACertificates([...others, ...roots]);
    log.log({ msg: 'roots for HTTPS replaced', roots: roots.length });
  };
  follow();
  certificate.onChange(follow);
}

const nameOf = (pem: string) => new X509Certificate(pem).fingerprint256;

const namesOf = ({ authorities }: Pick<CertificateWatch, 'authorities'>) => authorities.roots.map(({ fingerprint256 }) => fingerprint256);
