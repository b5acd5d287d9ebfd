import type { ChannelCredentials, experimental } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { checkMaterial, faultInTime, type Files, type Material, readFiles, sameMaterial } from './certificate-folder.ts';
import { channelCredentials } from './credentials.ts';
import { normalSerial, readRevocationLists, type RevocationList } from './revocation-list.ts';

type CertificateProvider = experimental.CertificateProvider;
type CaListener = Parameters<CertificateProvider['addCaCertificateListener']>[0];
type IdentityListener = Parameters<CertificateProvider['addIdentityCertificateListener']>[0];

/** How often the folder is looked at, in milliseconds. */
const INTERVAL_MS = 1_000;

/** The part of a certificate's life at the end of which it should have been renewed. Usual are a half and two thirds. */
const RENEWED_BY = 0.8;

/** Where a service's certificate is, and whose it must be. */
export interface CertificateSource {
  /** Holds `tls.crt`, `tls.key`, `ca.crt`, and `crl.pem` if there is a list of revoked certificates. */
  readonly folder: string;
  readonly service: string;
  readonly trustDomain: string;
}

/** A list of the revoked, and the file it is from. */
type List = RevocationList & Pick<Files, 'crl'>;

/**
 * A service's certificate, kept current: the folder is read again and again, and connections made after a change use what is new.
 * Material that cannot be used is reported, and the last good one stays in use; likewise the list of the revoked.
 */
export class CertificateWatch implements CertificateProvider {
  readonly #log = new Logger('tls');
  readonly #source: CertificateSource;
  readonly #caListeners = new Set<CaListener>();
  readonly #identityListeners = new Set<IdentityListener>();
  readonly #changeListeners = new Set<() => void>();
  readonly #faultListeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #material: Material;
  #list: List;
  #fault: string | undefined;
  #suspected: string | undefined;

  private constructor(source: CertificateSource, material: Material, list: List) {
    this.#source = source;
    this.#material = material;
    this.#list = list;
    this.#timer = setInterval(() => void this.reload(), INTERVAL_MS).unref();
  }

  /**
   * Reads the folder, and keeps looking at it.
   *
   * @throws Error that names the file, if the material cannot be used
   */
  static async open(source: CertificateSource): Promise<CertificateWatch> {
    const files = await readFiles(source.folder);
    const material = checkMaterial(files, source.folder, source.service, source.trustDomain);
    const list = await readList(files.crl, material, source.folder);
    if (list.serials.has(material.serialNumber)) throw new Error(`${join(source.folder, 'tls.crt')} has been revoked.`);
    return new CertificateWatch(source, material, list);
  }

  /** What is wrong with the material now in the folder or in use, if anything; the health check says so. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Whether the certificate with this serial number, in hexadecimal, has been revoked. */
  isRevoked(serialNumber: string): boolean {
    const { serials } = this.#list;
    // On the path of every request, and as a rule nothing is revoked.
    return serials.size > 0 && serials.has(normalSerial(serialNumber));
  }

  /** The credentials of a channel to another service. */
  credentialsFor(service: string): ChannelCredentials {
    return channelCredentials(this, service, this.#source.trustDomain);
  }

  /** Tells whenever connections should be made anew: of new material, or a new list of the revoked. Returns how to stop it. */
  onChange(listener: () => void): () => void {
    return listen(this.#changeListeners, listener);
  }

  /** Tells whenever {@link fault} changes. Returns how to stop it. */
  onFault(listener: () => void): () => void {
    return listen(this.#faultListeners, listener);
  }

  /** Looks at the folder now. */
  async reload(): Promise<void> {
    const faults: string[] = [];
    const attempt = async (work: () => void | Promise<void>) => {
      try {
        await work();
      } catch (error) {
        faults.push((error as Error).message);
      }
    };
    await attempt(async () => {
      const files = await readFiles(this.#source.folder);
      await attempt(() => this.#takeMaterial(files));
      await attempt(() => this.#takeList(files.crl));
    });
    this.#suspect([...faults, ...this.#faultsInUse()].join(' ') || undefined);
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

  #takeMaterial(files: Files): void {
    if (sameMaterial(files, this.#material)) return;
    const { folder, service, trustDomain } = this.#source;
    const material = checkMaterial(files, folder, service, trustDomain);
    this.#material = material;
    this.#log.log({ msg: 'certificate reloaded', expiresAt: material.expiresAt });
    for (const listener of this.#caListeners) listener({ caCertificate: material.ca });
    for (const listener of this.#identityListeners) listener(material);
    for (const listener of this.#changeListeners) listener();
  }

  async #takeList(crl: Buffer): Promise<void> {
    if (crl.equals(this.#list.crl)) return;
    const { folder } = this.#source;
    if (crl.length === 0) throw new Error(`${join(folder, 'crl.pem')} is gone; the last list stays in use.`);
    const list = await readList(crl, this.#material, folder);
    if (isPast(list.nextUpdate)) throw new Error(outdated(list, folder));
    this.#list = list;
    this.#log.log({ msg: 'list of the revoked reloaded', revoked: list.serials.size });
    for (const listener of this.#changeListeners) listener();
  }

  /** What time has done to the material in use, or its issuer. */
  #faultsInUse(): string[] {
    const { folder } = this.#source;
    const { startsAt, expiresAt, serialNumber } = this.#material;
    const renewedBy = startsAt.getTime() + (expiresAt.getTime() - startsAt.getTime()) * RENEWED_BY;
    const file = join(folder, 'tls.crt');
    const overdue = Date.now() > renewedBy ? `${file} ends on ${expiresAt.toISOString()} and has not been renewed.` : undefined;
    return [
      faultInTime(this.#material, folder) ?? overdue,
      this.isRevoked(serialNumber) ? `${file} has been revoked.` : undefined,
      isPast(this.#list.nextUpdate) ? outdated(this.#list, folder) : undefined,
    ].filter((fault) => fault !== undefined);
  }

  /** The files are replaced one after the other: only what is wrong twice in a row is not just half done. */
  #suspect(fault: string | undefined): void {
    const again = fault === this.#suspected;
    this.#suspected = fault;
    if (fault === this.#fault || (fault !== undefined && !again)) return;
    this.#fault = fault;
    if (fault === undefined) this.#log.log({ msg: 'The certificates are in order again.' });
    else this.#log.error({ msg: `${fault} The certificate in use is good until ${this.#material.expiresAt.toISOString()}.` });
    for (const listener of this.#faultListeners) listener();
  }
}

async function readList(crl: Buffer, { certificate, ca }: Material, folder: string): Promise<List> {
  try {
    return { crl, ...(await readRevocationLists(crl.toString(), certificate.toString(), ca.toString())) };
  } catch (error) {
    throw new Error(`${join(folder, 'crl.pem')} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

const isPast = (date: Date | undefined) => date !== undefined && date.getTime() < Date.now();

const outdated = ({ nextUpdate }: RevocationList, folder: string) =>
  `${join(folder, 'crl.pem')} is out of date: there was to be a new list by ${nextUpdate?.toISOString() ?? 'now'}.`;

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
