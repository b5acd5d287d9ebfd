import { CliError } from '@reputable/cli';
import type { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyPem } from './certificate.ts';
import { readIdentity, replaceFile } from './files.ts';
import { bundle } from './generation.ts';
import { certifyLeaf, pastHalfLife, spiffeId } from './leaf.ts';
import type { Leaf, LeafOverrides } from './leaf.ts';
import { locked } from './lock.ts';
import { readRevocationLists, signRevocationLists } from './revocation.ts';
import { createGenerations, createNext, readGenerations, setPhase, settle } from './roll.ts';
import type { Generations } from './roll.ts';

/** What services take at most until they use what is new in their folders, with a margin: they look every second. */
const SPREAD_MS = 5_000;

export interface AuthorityOptions {
  /** The first part of every SPIFFE ID; `reputable.local` if not given. */
  readonly trustDomain?: string;
}

/**
 * Opens the certificate authority in `<dir>/ca`, or creates it: a root for ten years, and an issuing intermediate for one,
 * which is renewed when half of that is over.
 *
 * For development and tests: its keys lie in files. In production cert-manager or SPIRE takes its place.
 * @throws {CliError} when the folder is half written or its files do not fit together, naming the file
 */
export async function openAuthority(dir: string, { trustDomain = 'reputable.local' }: AuthorityOptions = {}): Promise<Authority> {
  const home = join(dir, 'ca');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const generations = await locked(dir, async () => {
    if (!existsSync(home)) await createGenerations(dir, home);
    return readGenerations(home);
  });
  return new Authority(dir, trustDomain, generations);
}

/** Issues, renews and revokes the certificates of the services of one trust domain. Many may do so at once, in several processes. */
export class Authority {
  readonly #home: string;

  constructor(
    readonly dir: string,
    readonly trustDomain: string,
    private generations: Generations,
  ) {
    this.#home = join(dir, 'ca');
  }

  /** The root certificate, PEM: what every service trusts. Two during a roll. */
  get rootPem(): string {
    return bundle(this.generations.trusted.map(({ root }) => root.certificate));
  }

  /** The list of revoked certificates; it exists from the first `revoke` on, and each service has it beside its certificate. PEM. */
  get revocationList(): string {
    return join(this.#home, 'crl.pem');
  }

  /**
   * Issues a certificate with a new key and writes it to a folder, `<pki>/<service>` if not given. Each file is replaced in
   * one step, `tls.crt` last: who reads a `tls.crt` that does not fit `tls.key` came in between, and reads again.
   */
  async issue(service: string, dir = this.folderOf(service), overrides?: LeafOverrides): Promise<Leaf> {
    return this.#alone(() => this.#issue(service, dir, overrides));
  }

  /**
   * Makes sure that a service has a certificate of ours in the first half of its life, and the list of the revoked as it is now, signed
   * again when half of its own life is over. A revoked certificate is left as it is: only `issue` and `renew` let a service in again.
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

  /** The same as `ensure`, but a revoked certificate is replaced as well. */
  async renew(service: string): Promise<Leaf & { readonly renewed: boolean }> {
    const leaf = await this.find(service).catch(() => undefined);
    return leaf && (await this.isRevoked(leaf)) ? { ...(await this.issue(service)), renewed: true } : this.ensure(service);
  }

  /**
   * The certificate that a service has now.
   * @throws {CliError} when it has none, or its files are damaged
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

  /** Puts the certificate that a service has now on the list of the revoked, and the list into the folder of every service. */
  async revoke(service: string): Promise<Leaf> {
    return this.#alone(async () => {
      const leaf = await this.find(service);
      const known = await readRevocationLists(this.revocationList);
      await this.#signList(new Map([...(known?.serials ?? []), [leaf.certificate.serialNumber.toLowerCase(), new Date()]]));
      await this.#deliverAll();
      return leaf;
    });
  }

  /** Whether a certificate is on the list of the revoked. */
  async isRevoked({ certificate }: Leaf): Promise<boolean> {
    const revoked = await readRevocationLists(this.revocationList);
    const serial = BigInt(`0x${certificate.serialNumber}`);
    return [...(revoked?.serials.keys() ?? [])].some((each) => BigInt(`0x${each}`) === serial);
  }

  /**
   * Starts to roll the authority, or goes on with a roll that was interrupted: a new root is trusted beside the old one everywhere, then
   * every certificate that is not revoked is issued anew under it. Until `finishRoll` the old root is trusted, too.
   *
   * @param pause how long services get to read that the new root is trusted, in milliseconds
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
   * Ends a roll: the old root is no longer trusted, and its keys are deleted.
   *
   * @param after how long ago the new certificates must have been issued, in milliseconds
   * @returns false if there is no roll that far
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

  /** The services whose certificates are not revoked, and not of the generation that issues now. */
  async #left(): Promise<string[]> {
    const services = await this.services();
    const isLeft = services.map(async (service) => {
      const leaf = await this.find(service).catch(() => undefined);
      return !leaf || !((await this.isRevoked(leaf)) || (await this.#isOurs(leaf)));
    });
    const left = await Promise.all(isLeft);
    return services.filter((_, index) => left[index]);
  }

  /** Reads what others may have changed, and does something while nobody else can. */
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

  /** Puts into a folder whom to trust, and the list of the revoked if there is one. */
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
      throw new CliError(`"${service}" cannot be the name of a service: small letters, digits and dashes, and not "ca".`);
    }
    return join(this.dir, service);
  }
}

async function update(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) !== text) await replaceFile(path, text);
}
