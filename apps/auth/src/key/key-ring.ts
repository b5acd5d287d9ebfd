import { type OnModuleDestroy } from '@nestjs/common';
import type { CryptoKey, JWK } from 'jose';
import { observed } from '@reputable/tracing';
import { KeyObject } from 'node:crypto';
import { Periodic } from '../periodic/periodic.ts';
import { openPrivateKey } from './key-pair.ts';
import type { KeyStore } from './key-store.ts';
import { POLL_S } from './key-times.ts';

const AGE = { name: 'reputable.signing_key.age', unit: 's', description: 'Time since the current key began to sign' };

/** The key that signs tokens. */
export interface Signer {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** The same key for node:crypto. */
  readonly keyObject: KeyObject;
}

/** The keys in the memory of this replica, at most a second behind the database. */
export class KeyRing implements OnModuleDestroy {
  readonly #runs = new Periodic('signing key reload', POLL_S * 1000, () => this.#load());
  readonly #listeners: (() => void)[] = [];
  readonly #stopObserving = observed(AGE, (result) => result.observe((Date.now() - this.#activatedAt) / 1000));
  #activatedAt = 0;
  #jwks: readonly JWK[] = [];
  #signer: Signer | undefined;

  private constructor(readonly store: KeyStore) {}

  /**
   * Creates the keys if there are none, and decrypts them.
   *
   * @throws Error if the encryption key does not decrypt them
   */
  static async open(store: KeyStore): Promise<KeyRing> {
    await store.ensure();
    const ring = new KeyRing(store);
    await ring.#load();
    ring.#runs.start();
    return ring;
  }

  /** The current key. */
  get signer(): Signer {
    if (!this.#signer) throw new Error('There is no signing key.');
    return this.#signer;
  }

  /** The public keys (RFC 7517 §5). */
  get jwks(): { readonly keys: readonly JWK[] } {
    return { keys: this.#jwks };
  }

  /** Calls `listener` whenever the published keys change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopObserving();
    await this.#runs.stop();
  }

  async #load(): Promise<void> {
    const keys = await this.store.published();
    const current = keys.find(({ state }) => state === 'current');
    if (current && current.kid !== this.#signer?.kid) {
      const privateKey = await openPrivateKey(current, this.store.encryptionKey);
      this.#signer = { kid: current.kid, privateKey, keyObject: KeyObject.from(privateKey) };
      this.#activatedAt = (current.activatedAt ?? current.createdAt).getTime();
    }
    const before = namesOf(this.#jwks);
    this.#jwks = keys.map(({ publicJwk }) => publicMembers(publicJwk));
    if (namesOf(this.#jwks) !== before) for (const tell of this.#listeners) tell();
  }
}

/** Identifies a set of keys: a rotation adds one, a revocation removes one. */
const namesOf = (keys: readonly JWK[]) =>
  keys
    .map(({ kid }) => kid)
    .sort()
    .join();

/** Picks the public members by name, so that no other member is ever published. */
const publicMembers = ({ kty, crv, x, y, kid, use, alg }: JWK): JWK => ({ kty, crv, x, y, kid, use, alg }) as JWK;
