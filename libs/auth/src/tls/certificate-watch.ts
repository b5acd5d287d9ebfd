import type { experimental } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { type Material, readMaterial } from './certificate-folder.ts';

type CertificateProvider = experimental.CertificateProvider;
type CaListener = Parameters<CertificateProvider['addCaCertificateListener']>[0];
type IdentityListener = Parameters<CertificateProvider['addIdentityCertificateListener']>[0];

/** How often the folder is looked at, in milliseconds. */
const INTERVAL_MS = 1_000;

/**
 * A service's certificate, kept current: the folder is read again and again, and connections made after a change use what is new.
 * Material that cannot be used is reported, and the last good one stays in use.
 */
export class CertificateWatch implements CertificateProvider {
  readonly #log = new Logger('tls');
  readonly #read: () => Material;
  readonly #caListeners = new Set<CaListener>();
  readonly #identityListeners = new Set<IdentityListener>();
  readonly #timer: NodeJS.Timeout;
  #material: Material;
  #fault: string | undefined;
  #suspected: string | undefined;

  /**
   * @param folder holds `tls.crt`, `tls.key` and `ca.crt`
   * @throws Error that names the file, if the material cannot be used
   */
  constructor(folder: string, service: string, trustDomain: string) {
    this.#read = () => readMaterial(folder, service, trustDomain);
    this.#material = this.#read();
    this.#timer = setInterval(() => {
      this.reload();
    }, INTERVAL_MS).unref();
  }

  /** What is wrong with the material now in the folder, if anything; the health check says so. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Looks at the folder now. */
  reload(): void {
    try {
      const material = this.#read();
      this.#fault = undefined;
      this.#suspected = undefined;
      if (sameMaterial(material, this.#material)) return;
      this.#material = material;
      this.#log.log({ msg: 'certificate reloaded', expiresAt: material.expiresAt });
      this.#tell();
    } catch (error) {
      this.#suspect((error as Error).message);
    }
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

  #tell(): void {
    for (const listener of this.#caListeners) listener({ caCertificate: this.#material.ca });
    for (const listener of this.#identityListeners) listener(this.#material);
  }
}

const sameMaterial = (a: Material, b: Material) =>
  a.certificate.equals(b.certificate) && a.privateKey.equals(b.privateKey) && a.ca.equals(b.ca);
