import { CliError } from '@reputable/cli';
import type { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyPem } from './certificate.ts';
import { readIdentity, replaceFile } from './files.ts';
import { bundle } from './generation.ts';
import { certifyLeaf, type Leaf, type LeafOverrides, pastHalfLife, spiffeId } from './leaf.ts';
import { locked } from './lock.ts';
import { readRevocationLists, signRevocationLists } from './revocation.ts';
import { createGenerations, createNext, type Generations, readGenerations, setPhase, settle } from './roll.ts';

/** The longest time until services use new files in their folders, with a margin: they look every second. */
const SPREAD_MS = 5_000;

/**
 * Opens the certificate authority in `<dir>/ca`, or creates it: a root for ten years, and an issuing intermediate for one year, which it
 * renews after half of that.
 *
 * For development and tests: its keys are in files. In production use cert-manager or SPIRE.
 * @param options `trustDomain` is the first part of every SPIFFE ID
 * @throws {CliError} naming the file that is missing or does not fit the others
 */
export async function openAuthority(dir: string, { trustDomain = 'reputable.local' } = {}): Promise<Authority> {
  const home = join(dir, 'ca');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const generations = await locked(dir, async () => {
    if (!existsSync(home)) await createGenerations(dir, home);
    return readGenerations(home);
  });
  return new Authority(dir, trustDomain, generations);
}

/** Issues, renews and revokes the certificates of one trust domain. Several processes can do so at once. */
export class Authority {
  readonly #home: string;

  constructor(
    readonly dir: string,
    readonly trustDomain: string,
    private generations: Generations,
  ) {
    this.#home = join(dir, 'ca');
  }

  /** The root certificate that every service trusts; two during a roll. PEM. */
  get rootPem(): string {
    return bundle(this.generations.trusted.map(({ root }) => root.certificate));
  }

  /** The path of the revocation list. The first `revoke` creates it, and each service has a copy beside its certificate. PEM. */
  get revocationList(): string {
    return join(this.#home, 'crl.pem');
  }

  /**
   * Issues a certificate with a new key and writes it to a folder, `<pki>/<service>` unless given. Replaces each file in one step, `tls.crt`
   * last: a reader that finds a `tls.crt` for another `tls.key` reads again.
   */
  async issue(service: string, dir = this.folderOf(service), overrides?: LeafOverrides): Promise<Leaf> {
    return this.#alone(() => this.#issue(service, dir, overrides));
  }

  /**
   * Makes sure that a service has a certificate of this authority in the first half of its life, and the current revocation list. Keeps a
   * revoked certificate: only `issue` and `renew` replace it.
   */
  async ensure(service: string): Promise<Leaf & { readonly renewed: boolean }> {
    return this.#alone(async () => {
      const leaf = await this.find(service).catch(() => undefined);
      const stays = leaf && ((await this.isRevoked(leaf)) || ((await this.#isOurs(leaf)) && !pastHalfLife(leaf.certificate)));
      if (!stays) return { ...(await this.#issue(service)), renewed: true };
      await this.#deliver(leaf.dir);
      return { ...leaf, renewed: false };
    });
  }

  /** The same as `ensure`, but also replaces a revoked certificate. */
  async renew(service: string): Promise<Leaf & { readonly renewed: boolean }> {
    const leaf = await this.find(service).catch(() => undefined);
    return leaf && (await this.isRevoked(leaf)) ? { ...(await this.issue(service)), renewed: true } : this.ensure(service);
  }

  /**
   * The current certificate of a service.
   * @throws {CliError} if it has none, or its files are damaged
   */
  async find(service: string): Promise<Leaf> {
    const dir = this.folderOf(service);
    const { certificate } = await readIdentity(dir, 'tls');
    return { service, dir, certificate };
  }

  /** The services that have a certificate. */
  async services(): Promise<string[]> {
    const folders = await readdir(this.dir, { withFileTypes: true });
    return folders.map(({ name }) => name).filter((name) => /^[a-z]/.test(name) && existsSync(join(this.dir, name, 'tls.crt')));
  }

  /** Revokes the current certificate of a service, and gives every service the new revocation list. */
  async revoke(service: string): Promise<Leaf> {
    return this.#alone(async () => {
      const leaf = await this.find(service);
      const known = await readRevocationLists(this.revocationList);
      await this.#signList(new Map([...(known?.serials ?? []), [leaf.certificate.serialNumber.toLowerCase(), new Date()]]));
      await this.#deliverAll();
      return leaf;
    });
  }

  /** Whether a certificate is revoked. */
  async isRevoked({ certificate }: Leaf): Promise<boolean> {
    const revoked = await readRevocationLists(this.revocationList);
    const serial = BigInt(`0x${certificate.serialNumber}`);
    return [...(revoked?.serials.keys() ?? [])].some((each) => BigInt(`0x${each}`) === serial);
  }

  /**
   * Rolls the authority, or continues an interrupted roll. All services trust the new root beside the old one; then every certificate that
   * is not revoked is issued under the new root. The old root stays trusted until `finishRoll`.
   *
   * @param pause how long to wait until all services trust the new root, in milliseconds
   */
  async roll({ pause = SPREAD_MS } = {}): Promise<void> {
    await this.#alone(async () => {
      if (!this.generations.roll) await createNext(this.#home);
      await this.#read();
      await this.#deliverAll();
    });
    await sleep(pause);
    await this.#alone(async () => {
      if (this.generations.roll?.phase === 'trusted') await setPhase(this.#home, 'issuing');
      await this.#read();
      await this.#signListAgain();
      await this.#deliverAll();
      for (const service of await this.#left()) await this.#issue(service);
    });
  }

  /**
   * Ends a roll: removes the old root and its keys.
   *
   * @param after the least age of the new certificates, in milliseconds
   * @returns false if there is no roll, or it is too early to end it
   */
  async finishRoll({ after = SPREAD_MS } = {}): Promise<boolean> {
    return this.#alone(async () => {
      const { roll } = this.generations;
      if (roll?.phase === 'final') return true;
      if (roll?.phase !== 'issuing' || Date.now() - roll.since.getTime() < after || (await this.#left()).length > 0) return false;
      await setPhase(this.#home, 'final');
      await this.#read();
      return true;
    });
  }

  /** The services whose certificates are neither revoked nor of the issuing generation. */
  async #left(): Promise<string[]> {
    const services = await this.services();
    const isLeft = services.map(async (service) => {
      const leaf = await this.find(service).catch(() => undefined);
      return !leaf || !((await this.isRevoked(leaf)) || (await this.#isOurs(leaf)));
    });
    const left = await Promise.all(isLeft);
    return services.filter((_, index) => left[index]);
  }

  /** Reads changes of other processes, then runs work while no other process does. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    return locked(this.dir, async () => {
      await this.#read();
      return work();
    });
  }

  async #read(): Promise<void> {
    this.generations = await readGenerations(this.#home);
    if (this.generations.roll?.phase !== 'final') return;
    await this.#signListAgain();
    await this.#deliverAll();
    await settle(this.#home, this.generations.issuing);
  }

  async #issue(service: string, dir = this.folderOf(service), overrides?: LeafOverrides): Promise<Leaf> {
    const leaf = await certifyLeaf(this.generations.issuing.issuing, service, this.trustDomain, overrides);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await this.#deliver(dir);
    await replaceFile(join(dir, 'tls.key'), keyPem(leaf.key), { secret: true });
    await replaceFile(join(dir, 'tls.crt'), this.#chainOf(leaf.certificate));
    return { service, dir, certificate: leaf.certificate };
  }

  /** Writes the trusted roots, and the revocation list if there is one, to a service's folder. */
  async #deliver(dir: string): Promise<void> {
    if ((await readRevocationLists(this.revocationList))?.isOld) await this.#signListAgain();
    await update(join(dir, 'ca.crt'), this.rootPem);
    if (existsSync(this.revocationList)) await update(join(dir, 'crl.pem'), await readFile(this.revocationList, 'utf8'));
  }

  async #deliverAll(): Promise<void> {
    for (const service of await this.services()) await this.#deliver(this.folderOf(service));
  }

  async #signListAgain(): Promise<void> {
    const known = await readRevocationLists(this.revocationList);
    if (known) await this.#signList(known.serials);
  }

  async #signList(revoked: ReadonlyMap<string, Date>): Promise<void> {
    await replaceFile(this.revocationList, await signRevocationLists(this.generations.trusted, revoked));
  }

  async #isOurs({ service, dir, certificate }: Leaf): Promise<boolean> {
    return (
      certificate.verify(this.generations.issuing.issuing.certificate.publicKey) &&
      certificate.subjectAltName?.split(', ').includes(`URI:${spiffeId(this.trustDomain, service)}`) === true &&
      (await readFile(join(dir, 'tls.crt'), 'utf8')) === this.#chainOf(certificate)
    );
  }

  #chainOf(leaf: X509Certificate): string {
    return bundle([leaf, this.generations.issuing.issuing.certificate]);
  }

  private folderOf(service: string): string {
    if (!/^[a-z][a-z0-9-]*$/.test(service) || service === 'ca') {
      throw new CliError(`"${service}" cannot be the name of a service. Use lower-case letters, digits and dashes, and not "ca".`);
    }
    return join(this.dir, service);
  }
}

async function update(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) !== text) await replaceFile(path, text);
}
