import type { ChannelCredentials, experimental, ServerCredentials } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { observed } from '@reputable/tracing';
import { join } from 'node:path';
import type { CertificateAuthorities } from './certificate-authorities.ts';
import {
  type CertificateSource,
  checkMaterial,
  faultInTime,
  type Files,
  type Material,
  readFiles,
  sameMaterial,
} from './certificate-folder.ts';
import { channelCredentials, serverCredentials, type ServerWatch } from './credentials.ts';
import { normalSerial, readRevocationLists, type RevocationList } from './revocation-list.ts';

type CertificateProvider = experimental.CertificateProvider;
type CaListener = Parameters<CertificateProvider['addCaCertificateListener']>[0];
type IdentityListener = Parameters<CertificateProvider['addIdentityCertificateListener']>[0];

/** The interval at which the folder is read, in milliseconds. */
const INTERVAL_MS = 1_000;

/** A certificate past this part of its lifetime is overdue for renewal. Renewal after a half or two thirds is common. */
const RENEWED_BY = 0.8;

const TIME_LEFT = { name: 'reputable.certificate.time_left', unit: 's', description: 'Time until the certificate in use expires' };

/** A CRL, parsed and raw. */
type List = RevocationList & Pick<Files, 'crl'>;

/**
 * Reloads a service's certificate and CRL whenever the folder changes. New connections use the new material. Unusable material or an
 * unusable CRL is reported as {@link fault}, and the last valid one stays in use.
 */
export class CertificateWatch implements CertificateProvider, ServerWatch {
  readonly #log = new Logger('tls');
  readonly #source: CertificateSource;
  readonly #caListeners = new Set<CaListener>();
  readonly #identityListeners = new Set<IdentityListener>();
  readonly #changeListeners = new Set<() => void>();
  readonly #faultListeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopObserving: () => void;
  #material: Material;
  #list: List;
  #fault: string | undefined;
  #lastFault: string | undefined;
  /** The earliest expiry of the servers' certificates that the channels have accepted, in milliseconds since the epoch. */
  #serversUntil = Infinity;

  private constructor(source: CertificateSource, material: Material, list: List) {
    this.#source = source;
    this.#material = material;
    this.#list = list;
    this.#timer = setInterval(() => void this.reload(), INTERVAL_MS).unref();
    this.#stopObserving = observed(TIME_LEFT, (result) => result.observe((this.#material.expiresAt.getTime() - Date.now()) / 1000));
  }

  /**
   * Reads the folder and starts to watch it.
   *
   * @throws Error that names the unusable file
   */
  static async open(source: CertificateSource): Promise<CertificateWatch> {
    const files = await readFiles(source.folder);
    const material = checkMaterial(files, source);
    const list = await readList(files.crl, material, source.folder);
    if (list.serials.has(material.serialNumber)) throw new Error(`${join(source.folder, 'tls.crt')} has been revoked.`);
    return new CertificateWatch(source, material, list);
  }

  /** The fault of the material in the folder or in use, if any. The health check reports it. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Whether the certificate with this serial number (hexadecimal) has been revoked. */
  isRevoked(serialNumber: string): boolean {
    const { serials } = this.#list;
    // Runs on every request; the list is usually empty.
    return serials.size > 0 && serials.has(normalSerial(serialNumber));
  }

  /** Another object whenever they may have changed. */
  get authorities(): CertificateAuthorities {
    return this.#material.authorities;
  }

  /** The credentials of a server, which is secure on any address. */
  serverCredentialsFor(): ServerCredentials {
    return serverCredentials(this);
  }

  /** The credentials of a channel to another service. */
  credentialsFor(service: string): ChannelCredentials {
    return channelCredentials(this, service, this.#source.trustDomain);
  }

  /** Remembers until when the certificate is valid that a channel has accepted from a server. Connections are reopened then. */
  acceptedServer(expiresAt: number): void {
    this.#serversUntil = Math.min(this.#serversUntil, expiresAt);
  }

  /**
   * Calls `listener` on new material, a new CRL or the expiry of a server's certificate, when connections must be reopened. Returns a function that removes
   * the listener.
   */
  onChange(listener: () => void): () => void {
    return listen(this.#changeListeners, listener);
  }

  /** Calls `listener` whenever {@link fault} changes. Returns a function that removes the listener. */
  onFault(listener: () => void): () => void {
    return listen(this.#faultListeners, listener);
  }

  /** Reads the folder now. */
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
      await attempt(() => this.#reloadMaterial(files));
      await attempt(() => this.#reloadList(files.crl));
    });
    this.#reportFault([...faults, ...this.#faultsInUse()].join(' ') || undefined);
    this.#leaveExpiredServers();
  }

  /** Stops watching the folder. */
  close(): void {
    clearInterval(this.#timer);
    this.#stopObserving();
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#caListeners.add(listener);
    // grpc-js ignores an update that arrives before this method has returned.
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

  #reloadMaterial(files: Files): void {
    if (sameMaterial(files, this.#material)) return;
    const material = checkMaterial(files, this.#source, this.#material.authorities);
    this.#material = material;
    this.#log.log({ msg: 'certificate reloaded', expiresAt: material.expiresAt });
    for (const listener of this.#caListeners) listener({ caCertificate: material.ca });
    for (const listener of this.#identityListeners) listener(material);
    for (const listener of this.#changeListeners) listener();
  }

  async #reloadList(crl: Buffer): Promise<void> {
    if (crl.equals(this.#list.crl)) return;
    const { folder } = this.#source;
    if (crl.length === 0) throw new Error(`${join(folder, 'crl.pem')} is missing; the last CRL stays in use.`);
    const list = await readList(crl, this.#material, folder);
    if (isPast(list.nextUpdate)) throw new Error(outdated(list, folder));
    this.#list = list;
    this.#log.log({ msg: 'CRL reloaded', revoked: list.serials.size });
    for (const listener of this.#changeListeners) listener();
  }

  /** A connection outlives the certificate that its handshake has accepted. */
  #leaveExpiredServers(): void {
    if (Date.now() < this.#serversUntil) return;
    this.#serversUntil = Infinity;
    for (const listener of this.#changeListeners) listener();
  }

  /** The faults of the material in use: expired, overdue for renewal, revoked, or an outdated CRL. */
  #faultsInUse(): string[] {
    const { folder } = this.#source;
    const { startsAt, expiresAt, serialNumber } = this.#material;
    const renewedBy = startsAt.getTime() + (expiresAt.getTime() - startsAt.getTime()) * RENEWED_BY;
    const file = join(folder, 'tls.crt');
    const overdue = Date.now() > renewedBy ? `${file} expires on ${expiresAt.toISOString()} and has not been renewed.` : undefined;
    return [
      faultInTime(this.#material, folder) ?? overdue,
      this.isRevoked(serialNumber) ? `${file} has been revoked.` : undefined,
      isPast(this.#list.nextUpdate) ? outdated(this.#list, folder) : undefined,
    ].filter((fault) => fault !== undefined);
  }

  /** Reports a fault that two consecutive reads find. A single read can see files that are half replaced. */
  #reportFault(fault: string | undefined): void {
    const repeated = fault === this.#lastFault;
    this.#lastFault = fault;
    if (fault === this.#fault || (fault !== undefined && !repeated)) return;
    this.#fault = fault;
    if (fault === undefined) this.#log.log({ msg: 'certificate fault resolved' });
    else this.#log.error({ msg: 'certificate fault detected', fault, inUseUntil: this.#material.expiresAt });
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
  `${join(folder, 'crl.pem')} is out of date: its nextUpdate was ${nextUpdate?.toISOString() ?? 'now'}.`;

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
