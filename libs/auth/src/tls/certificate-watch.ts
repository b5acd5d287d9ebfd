import type { experimental } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { checkFiles, type Material, readFiles, sameFiles } from './certificate-folder.ts';
import { normalSerial } from './revocation-list.ts';

type CertificateProvider = experimental.CertificateProvider;
type CaListener = Parameters<CertificateProvider['addCaCertificateListener']>[0];
type IdentityListener = Parameters<CertificateProvider['addIdentityCertificateListener']>[0];

/** How often the folder is looked at, in milliseconds. */
const INTERVAL_MS = 1_000;

/** Where a service's certificate is, and whose it must be. */
export interface CertificateSource {
  /** Holds `tls.crt`, `tls.key`, `ca.crt`, and `crl.pem` if there is a list of revoked certificates. */
  readonly folder: string;
  readonly service: string;
  readonly trustDomain: string;
}

/**
 * A service's certificate, kept current: the folder is read again and again, and connections made after a change use what is new.
 * Material that cannot be used is reported, and the last good one stays in use.
 */
export class CertificateWatch implements CertificateProvider {
  readonly #log = new Logger('tls');
  readonly #source: CertificateSource;
  readonly #caListeners = new Set<CaListener>();
  readonly #identityListeners = new Set<IdentityListener>();
  readonly #timer: NodeJS.Timeout;
  #material: Material;
  #fault: string | undefined;
  #suspected: string | undefined;

  private constructor(source: CertificateSource, material: Material) {
    this.#source = source;
    this.#material = material;
    this.#timer = setInterval(() => void this.reload(), INTERVAL_MS).unref();
  }

  /**
   * Reads the folder, and keeps looking at it.
   *
   * @throws Error that names the file, if the material cannot be used
   */
  static async open(source: CertificateSource): Promise<CertificateWatch> {
    const material = await checkFiles(await readFiles(source.folder), source.folder, source.service, source.trustDomain);
    return new CertificateWatch(source, material);
  }

  /** What is wrong with the material now in the folder, if anything; the health check says so. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Whether the certificate with this serial number, in hexadecimal, has been revoked. */
  isRevoked(serialNumber: string): boolean {
    return this.#material.revoked.has(normalSerial(serialNumber));
  }

  /** Looks at the folder now. */
  async reload(): Promise<void> {
    const { folder, service, trustDomain } = this.#source;
    try {
      const files = await readFiles(folder);
      const changed = !sameFiles(files, this.#material);
      if (changed) this.#use(await checkFiles(files, folder, service, trustDomain));
      this.#fault = undefined;
      this.#suspected = undefined;
    } catch (error) {
      this.#suspect((error as Error).message);
    }
  }

  /** Stops looking. */
  close(): void {
    clearInterval(this.#timer);
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#caListeners.add(listener);
    // grpc-js loses what a listener is told before it has been added.
    process.nextTick(listener, { caCertificate: this.#material.ca });
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.add(listener);
    process.nextTick(listener, this.#material);
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.delete(listener);
  }

  #use(material: Material): void {
    this.#material = material;
    this.#log.log({ msg: 'certificate reloaded', expiresAt: material.expiresAt, revoked: material.revoked.size });
    for (const listener of this.#caListeners) listener({ caCertificate: material.ca });
    for (const listener of this.#identityListeners) listener(material);
  }

  /** The files are replaced one after the other: only what is wrong twice in a row is not just half done. */
  #suspect(fault: string): void {
    if (fault !== this.#suspected) {
      this.#suspected = fault;
    } else if (fault !== this.#fault) {
      this.#fault = fault;
      this.#log.error({ msg: `${fault} The certificate in use is good until ${this.#material.expiresAt.toISOString()}.` });
    }
  }
}
