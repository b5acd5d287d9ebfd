import { Logger } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { DiscoveryError } from './discovery.ts';
import { Issuer, type VerifiedClaims } from './issuer.ts';
import { IssuerClocks } from './issuer-clocks.ts';
import type { IssuerAudience } from './issuer-audience.ts';
import type { IssuerOptions } from './issuer-options.ts';
import type { Claims } from './mapped-user.ts';

/** The issuers that a service trusts: the URL of one whose tokens are like our own issuer's, or options of one or several. */
export type TrustedIssuers = string | IssuerOptions | readonly IssuerOptions[];

/** The issuers that a service trusts. A token is judged by the rules of its own issuer alone. */
export class Issuers {
  /** The clocks of the issuers compared with this service's. */
  readonly clocks = new IssuerClocks();
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #namespaces: readonly string[];
  readonly #log = new Logger('issuers');

  /** @throws Error that lists every wrong option, issuers with one `url`, and issuers whose users could be confused */
  constructor(trusted: TrustedIssuers, audience: IssuerAudience) {
    const list = typeof trusted === 'string' ? [{ url: trusted }] : [trusted].flat();
    const faults = faultsAmong(list);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    this.#issuers = new Map(list.map((one) => [one.url, new Issuer(one, audience, this.clocks)]));
    this.#namespaces = list.flatMap(({ namespace }) => (namespace === undefined ? [] : `${namespace}:`));
  }

  /**
   * Reads the metadata of the issuers, and logs whom the service trusts, with each option that weakens a check. An issuer that cannot be
   * reached stops nothing: its tokens are refused until it can be.
   *
   * @throws Error if an issuer's metadata names another issuer
   */
  async discover(): Promise<void> {
    for (const { url, weakenings } of this.#issuers.values()) {
      if (weakenings.length > 0) this.#log.warn({ msg: 'issuer trusted with weaker checks', issuer: url, weakenings });
    }
    await Promise.all([...this.#issuers.values()].map((issuer) => this.#discover(issuer)));
  }

  /**
   * Verifies a token by the rules of the issuer that its `iss` names.
   *
   * @throws Error with the fault, as {@link Issuer.verify}
   */
  async verify(jwt: string): Promise<VerifiedClaims> {
    // Not verified yet: it only selects the rules, which then require exactly this `iss`.
    const { iss } = decodeJwt(jwt);
    const issuer = this.#trusted(iss);
    return this.#inItsNamespace(issuer, await issuer.verify(jwt));
  }

  /**
   * Verifies the claims that an issuer itself has returned for a token, as by introspection (RFC 7662 §2.2). The caller must know that they
   * come from this issuer: they have no signature.
   *
   * @param url the issuer
   * @throws Error with the fault, as {@link Issuer.verifyClaims}
   */
  async verifyClaims(url: string, claims: Claims): Promise<VerifiedClaims> {
    const issuer = this.#trusted(url);
    return this.#inItsNamespace(issuer, await issuer.verifyClaims(claims));
  }

  #trusted(url = ''): Issuer {
    const issuer = this.#issuers.get(url);
    if (!issuer) throw new Error('iss is none of the trusted issuers');
    return issuer;
  }

  #inItsNamespace({ namespace }: Issuer, verified: VerifiedClaims): VerifiedClaims {
    if (namespace === undefined) this.#refuseNamespaced(verified);
    return verified;
  }

  /** An issuer without a namespace cannot state the id of a user or session of another one. */
  #refuseNamespaced({ user: { id, sessionId = '' } }: VerifiedClaims): void {
    const other = this.#namespaces.find((namespace) => id.startsWith(namespace) || sessionId.startsWith(namespace));
    if (other !== undefined) throw new Error(`the id begins with the namespace of another issuer, ${other}`);
  }

  async #discover({ url, keys }: Issuer): Promise<void> {
    try {
      await keys.discover();
    } catch (error) {
      if (error instanceof DiscoveryError) throw new Error(`The issuer ${url}: ${error.message}`, { cause: error });
      this.#log.warn({ msg: 'issuer metadata not available; refusing its tokens until it is', issuer: url, err: error });
    }
  }
}

function faultsAmong(issuers: readonly IssuerOptions[]): string[] {
  const bare = issuers.filter(({ namespace }) => namespace === undefined).map(({ url }) => url);
  return [
    ...(issuers.length > 0 ? [] : ['issuer is an empty list: no token could be accepted.']),
    ...repeated(issuers.map(({ url }) => url)).map((url) => `The issuer ${url} is listed twice.`),
    ...(bare.length <= 1 ? [] : [`Set namespace for all but one of these issuers, or a sub of theirs is one user: ${bare.join(', ')}.`]),
    ...repeated(issuers.flatMap(({ namespace = [] }) => namespace)).map((name) => `Two issuers have the namespace ${name}.`),
  ];
}

const repeated = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);
