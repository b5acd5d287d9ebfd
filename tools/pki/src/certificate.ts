import { createPublicKey, KeyObject, randomBytes, type webcrypto, X509Certificate } from 'node:crypto';
import type { Identity } from './files.ts';
import * as x509 from './x509.ts';

/** ES256 (FIPS 186-5, P-256), for every key of this PKI. */
export const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** The contents of a new certificate. */
export interface CertificateRequest {
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly x509.Extension[];
}

/** Signs a certificate for a new key, or for the given one. Without an issuer, it is self-signed. */
export async function certify(request: CertificateRequest, by: { issuer?: Identity; key?: KeyObject } = {}): Promise<Identity> {
  const { issuer, key = await newKey() } = by;
  const publicKey = createPublicKey(key).toCryptoKey(ES256, true, ['verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subject,
    issuer: issuer ? nameOf(issuer.certificate) : request.subject,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey,
    signingKey: signingKey(issuer?.key ?? key),
    signingAlgorithm: ES256,
    extensions: [
      ...request.extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await keyIdentifierOf(issuer?.certificate ?? publicKey),
    ],
  });
  return { certificate: new X509Certificate(certificate.toString('pem')), key };
}

/** The subject of a certificate, in the form of an issuer's name. */
export function nameOf(certificate: X509Certificate): x509.Name {
  return new x509.X509Certificate(certificate.raw).subjectName;
}

/** The extension that identifies the signing key (RFC 5280, 4.2.1.1). */
export async function keyIdentifierOf(signer: X509Certificate | webcrypto.CryptoKey): Promise<x509.Extension> {
  const key = signer instanceof X509Certificate ? new x509.X509Certificate(signer.raw).publicKey : signer;
  return x509.AuthorityKeyIdentifierExtension.create(key);
}

/** A private key for signing with WebCrypto. */
export function signingKey(key: KeyObject): webcrypto.CryptoKey {
  return key.toCryptoKey(ES256, false, ['sign']);
}

/** A private key in the form of its file: PKCS #8, PEM. */
export function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function newKey(): Promise<KeyObject> {
  const { privateKey } = await crypto.subtle.generateKey(ES256, true, ['sign', 'verify']);
  return KeyObject.from(privateKey);
}

/** 127 random bits: positive, as RFC 5280 requires. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f);
  return bytes.toString('hex');
}
