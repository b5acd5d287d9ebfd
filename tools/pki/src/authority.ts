import type { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { certify, keyPem } from './certificate.ts';
import { PkiError, readIdentity, replaceFile } from './files.ts';
import type { Identity } from './files.ts';
import { certifyLeaf, pastHalfLife, spiffeId } from './leaf.ts';
import type { Leaf, LeafOverrides } from './leaf.ts';
import { readRevoked, signRevocationList } from './revocation.ts';
import * as x509 from './x509.ts';

const DAY = 24 * 3_600_000;

export interface AuthorityOptions {
  /** The first part of every SPIFFE ID; `reputable.local` if not given. */
  readonly trustDomain?: string;
}

/**
 * Opens the certificate authority in `<dir>/ca`, or creates it: a root for ten years, and an issuing intermediate for one,
 * which is renewed here when half of that is over.
 *
 * For development and tests: its keys lie in files. In production cert-manager or SPIRE takes its place.
 * @throws {PkiError} when the folder is half written or its files do not fit together, naming the file
 */
export async function openAuthority(dir: string, { trustDomain = 'reputable.local' }: AuthorityOptions = {}): Promise<Authority> {
  const home = join(dir, 'ca');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (!existsSync(home)) await createAuthority(dir, home);
  const root = await readIdentity(home, 'root');
  const issuing = await readIdentity(home, 'issuing');
  if (!issuing.certificate.verify(root.certificate.publicKey)) {
    throw new PkiError(`${join(home, 'issuing.crt')} is not signed by root.crt.`);
  }
  if (root.certificate.validToDate.getTime() < Date.now()) {
    throw new PkiError(`${join(home, 'root.crt')} has expired. Delete ${dir} to start with a new one.`);
  }
  if (!pastHalfLife(issuing.certificate)) return new Authority(dir, trustDomain, root, issuing);
  const renewed = await certifyIssuing(root);
  await writeIdentity(home, 'issuing', renewed);
  return new Authority(dir, trustDomain, root, renewed);
}

/** Issues the certificates of the services of one trust domain. */
export class Authority {
  constructor(
    readonly dir: string,
    readonly trustDomain: string,
    private readonly root: Identity,
    private readonly issuing: Identity,
  ) {}

  /** The root certificate, PEM: what every service trusts. */
  get rootPem(): string {
    return this.root.certificate.toString();
  }

  /** The list of revoked certificates; it exists from the first `revoke` on. PEM, the issuing CA's list, then the root's. */
  get revocationList(): string {
    return join(this.dir, 'ca', 'crl.pem');
  }

  /**
   * Issues a certificate with a new key and writes it to a folder, `<pki>/<service>` if not given. Each file is replaced in
   * one step, `tls.crt` last: who reads a `tls.crt` that does not fit `tls.key` came in between, and reads again.
   */
  async issue(service: string, dir = this.folderOf(service), overrides?: LeafOverrides): Promise<Leaf> {
    const leaf = await certifyLeaf(this.issuing, service, this.trustDomain, overrides);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await replaceFile(join(dir, 'ca.crt'), this.rootPem);
    await replaceFile(join(dir, 'tls.key'), keyPem(leaf.key), { secret: true });
    await replaceFile(join(dir, 'tls.crt'), this.chainOf(leaf.certificate));
    return { service, dir, certificate: leaf.certificate };
  }

  /** Makes sure that a service has a certificate of ours in the first half of its life: issues one if not. */
  async ensure(service: string): Promise<Leaf & { readonly renewed: boolean }> {
    const leaf = await this.find(service).catch(() => undefined);
    if (leaf && (await this.isOurs(leaf)) && !pastHalfLife(leaf.certificate)) return { ...leaf, renewed: false };
    return { ...(await this.issue(service)), renewed: true };
  }

  /**
   * The certificate that a service has now.
   * @throws {PkiError} when it has none, or its files are damaged
   */
  async find(service: string): Promise<Leaf> {
    const dir = this.folderOf(service);
    const { certificate } = await readIdentity(dir, 'tls');
    return { service, dir, certificate };
  }

  /** Puts the certificate that a service has now on the list of the revoked. */
  async revoke(service: string): Promise<Leaf> {
    const leaf = await this.find(service);
    const revoked = await readRevoked(this.revocationList, this.issuing.certificate);
    revoked.set(leaf.certificate.serialNumber, new Date());
    // Who checks a chain needs the list of every issuer in it, also the root's empty one.
    const lists = [await signRevocationList(this.issuing, revoked), await signRevocationList(this.root, new Map())];
    await replaceFile(this.revocationList, lists.join(''));
    return leaf;
  }

  /** Whether a certificate is on the list of the revoked. */
  async isRevoked({ certificate }: Leaf): Promise<boolean> {
    const revoked = await readRevoked(this.revocationList, this.issuing.certificate);
    return [...revoked.keys()].some((serial) => BigInt(`0x${serial}`) === BigInt(`0x${certificate.serialNumber}`));
  }

  private async isOurs({ service, dir, certificate }: Leaf): Promise<boolean> {
    const [chain, trusted] = await Promise.all(['tls.crt', 'ca.crt'].map((name) => readFile(join(dir, name), 'utf8').catch(() => '')));
    return (
      certificate.verify(this.issuing.certificate.publicKey) &&
      certificate.subjectAltName?.split(', ').includes(`URI:${spiffeId(this.trustDomain, service)}`) === true &&
      chain === this.chainOf(certificate) &&
      trusted === this.rootPem
    );
  }

  private chainOf(leaf: X509Certificate): string {
    return [leaf, this.issuing.certificate].map(String).join('');
  }

  private folderOf(service: string): string {
    if (!/^[a-z][a-z0-9-]*$/.test(service) || service === 'ca') {
      throw new PkiError(`"${service}" cannot be the name of a service: small letters, digits and dashes, and not "ca".`);
    }
    return join(this.dir, service);
  }
}

/** Writes a new authority beside, then moves it into place: whatever dies when, it is there as a whole or not at all. */
async function createAuthority(dir: string, home: string): Promise<void> {
  const draft = await mkdtemp(join(dir, '.ca-'));
  try {
    const root = await certifyAuthority('CN=Reputable development root', 3650, 1);
    await writeIdentity(draft, 'root', root);
    await writeIdentity(draft, 'issuing', await certifyIssuing(root));
    await rename(draft, home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
    // Somebody else created it meanwhile: theirs is as good.
  }
}

function certifyIssuing(root: Identity): Promise<Identity> {
  return certifyAuthority('CN=Reputable development issuing', 365, 0, root);
}

function certifyAuthority(subject: string, days: number, pathLength: number, issuer?: Identity): Promise<Identity> {
  const notBefore = new Date(Date.now() - 5 * 60_000);
  return certify(
    {
      subject,
      notBefore,
      notAfter: new Date(notBefore.getTime() + days * DAY),
      extensions: [
        new x509.BasicConstraintsExtension(true, pathLength, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    },
    issuer,
  );
}

async function writeIdentity(dir: string, name: string, { certificate, key }: Identity): Promise<void> {
  await replaceFile(join(dir, `${name}.key`), keyPem(key), { secret: true });
  await replaceFile(join(dir, `${name}.crt`), certificate.toString());
}
