import type { X509Certificate } from 'node:crypto';
import { certify } from './certificate.ts';
import type { Identity } from './files.ts';
import * as x509 from './x509.ts';

const HOUR = 3_600_000;
/** A new certificate must be valid on a machine whose clock is behind. */
const CLOCK_SKEW = 5 * 60_000;

const USAGES = { client: x509.ExtendedKeyUsage.clientAuth, server: x509.ExtendedKeyUsage.serverAuth } as const;

/** A service's certificate and the folder that holds it: `tls.crt` (leaf, then intermediate), `tls.key`, `ca.crt`, and `crl.pem` after the first revocation. */
export interface Leaf {
  readonly service: string;
  /** The TLS_DIR of the service. */
  readonly dir: string;
  readonly certificate: X509Certificate;
}

/** Wrong contents of a certificate, for tests of refusals. */
export interface LeafOverrides {
  /** All URI names, in place of the one SPIFFE ID. */
  readonly uris?: readonly string[];
  /** All DNS names, in place of the service's own and `localhost`. */
  readonly dnsNames?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** The usages of the certificate; both unless given. */
  readonly eku?: readonly (keyof typeof USAGES)[];
}

/** Signs a certificate for a service, valid for 24 hours, with the SPIFFE ID as its only URI name. */
export function certifyLeaf(issuer: Identity, service: string, trustDomain: string, overrides: LeafOverrides = {}): Promise<Identity> {
  const {
    uris = [spiffeId(trustDomain, service)],
    dnsNames = [service, 'localhost'],
    notBefore = new Date(Date.now() - CLOCK_SKEW),
    notAfter = new Date(Date.now() + 24 * HOUR),
    eku = ['client', 'server'],
  } = overrides;
  return certify(
    {
      subject: `CN=${service}`,
      notBefore,
      notAfter,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(eku.map((usage) => USAGES[usage])),
        new x509.SubjectAlternativeNameExtension([
          ...uris.map((value) => ({ type: 'url' as const, value })),
          ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
          { type: 'ip', value: '127.0.0.1' },
        ]),
      ],
    },
    { issuer },
  );
}

/** The name of a service in its certificate (SPIFFE-ID, section 2). */
export function spiffeId(trustDomain: string, service: string): string {
  return `spiffe://${trustDomain}/${service}`;
}

/** Whether half of a certificate's life is over, so that it must be renewed. */
export function pastHalfLife({ validFromDate, validToDate }: X509Certificate): boolean {
  return Date.now() >= (validFromDate.getTime() + validToDate.getTime()) / 2;
}
