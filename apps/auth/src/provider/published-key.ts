import { ExternalSigningKey } from 'oidc-provider';
import { createPublicKey, type KeyObject, webcrypto } from 'node:crypto';
import type { JWK } from 'jose';
import type { Signer } from '../key/key-ring.ts';

/** A signing key in oidc-provider's format. Every key verifies; only the current key signs, without exporting its private part. */
export class PublishedKey extends ExternalSigningKey {
  readonly #public: KeyObject;
  readonly #signer: Signer | undefined;

  constructor(jwk: JWK, signer: Signer | undefined) {
    super();
    this.#public = createPublicKey({ key: jwk, format: 'jwk' });
    this.#signer = signer?.kid === jwk.kid ? signer : undefined;
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg });
  }

  override keyObject(): KeyObject {
    return this.#public;
  }

  override async sign(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (!this.#signer) throw new Error('This key is not the current signing key.');
    return new Uint8Array(await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.#signer.privateKey, data));
  }
}
