// The library's container needs reflect-metadata to be there before it loads.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { KeyObject, randomBytes, type webcrypto } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateWatch } from '../tls/certificate-watch.ts';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

/**
 * A certificate authority for the tests of your own services: real certificates with SPIFFE IDs, valid for an hour, in a temporary folder.
 *
 * @example
 * const authority = await TestAuthority.start('acme.example');
 * // start your service with tls: { folder: await authority.folderOf('invoice'), trustDomain: 'acme.example' }, and call it as 'shop':
 * openClient({ contract: InvoiceService, service: 'invoice', url }, await authority.identityOf('shop'));
 */
export class TestAuthority {
  readonly #folders = new Map<string, Promise<string>>();
  readonly #open: CertificateWatch[] = [];

  private constructor(
    readonly trustDomain: string,
    readonly folder: string,
    readonly keys: webcrypto.CryptoKeyPair,
    readonly root: x509.X509Certificate,
  ) {}

  /** @param trustDomain the trust domain of the SPIFFE IDs: `spiffe://<trustDomain>/<service>` */
  static async start(trustDomain: string): Promise<TestAuthority> {
    const keys = await newKeys();
    const root = await x509.X509CertificateGenerator.createSelfSigned({
      ...validity(),
      name: 'CN=test root',
      keys,
      signingAlgorithm: ES256,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new TestAuthority(trustDomain, await mkdtemp(join(tmpdir(), 'test-authority-')), keys, root);
  }

  /**
   * The folder with `tls.crt`, `tls.key` and `ca.crt` of a service, for the option `tls.folder`.
   *
   * @param dnsNames the DNS names in the certificate. Default: the service's name and `localhost`
   */
  folderOf(service: string, dnsNames: readonly string[] = [service, 'localhost']): Promise<string> {
    const known = this.#folders.get(service) ?? this.#certify(service, dnsNames);
    this.#folders.set(service, known);
    return known;
  }

  /** The identity of a service, for `openClient`. */
  async identityOf(service: string): Promise<CertificateWatch> {
    const watch = await CertificateWatch.open({ folder: await this.folderOf(service), service, trustDomain: this.trustDomain });
    this.#open.push(watch);
    return watch;
  }

  /** Removes the certificates. */
  async stop(): Promise<void> {
    for (const watch of this.#open) watch.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #certify(service: string, dnsNames: readonly string[]): Promise<string> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(),
      subject: `CN=${service}`,
      issuer: this.root.subject,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm: ES256,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: 'url', value: `spiffe://${this.trustDomain}/${service}` },
          ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
        ]),
      ],
    });
    const folder = join(this.folder, service);
    await mkdir(folder);
    await Promise.all([
      writeFile(join(folder, 'tls.crt'), certificate.toString('pem')),
      writeFile(join(folder, 'tls.key'), pemOf(keys.privateKey), { mode: 0o600 }),
      writeFile(join(folder, 'ca.crt'), this.root.toString('pem')),
    ]);
    return folder;
  }
}

const newKeys = () => crypto.subtle.generateKey(ES256, true, ['sign', 'verify']);

const pemOf = (key: webcrypto.CryptoKey) => KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();

const validity = () => ({
  // Positive, as RFC 5280 requires.
  serialNumber: `00${randomBytes(15).toString('hex')}`,
  notBefore: new Date(Date.now() - HOUR_MS / 12),
  notAfter: new Date(Date.now() + HOUR_MS),
});
