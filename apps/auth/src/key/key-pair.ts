import { ALGORITHM } from '@reputable/auth';
import {
  calculateJwkThumbprint,
  CompactEncrypt,
  compactDecrypt,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import type { SigningKey } from './signing-key.entity.ts';

/** A new key pair, its private part sealed with `encryptionKey`. */
export async function newKeyPair(encryptionKey: Uint8Array): Promise<Pick<SigningKey, 'kid' | 'publicJwk' | 'privateJwe'>> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwe = await seal(await exportJWK(privateKey), kid, encryptionKey);
  return { kid, publicJwk: { ...publicJwk, kid, use: 'sig', alg: ALGORITHM }, privateJwe };
}

/**
 * The private key of a pair, to sign with.
 *
 * @throws Error if `encryptionKey` is not the one it was sealed with, or what was sealed is another key
 */
export async function openPrivateKey(
  { kid, privateJwe }: Pick<SigningKey, 'kid' | 'privateJwe'>,
  encryptionKey: Uint8Array,
): Promise<CryptoKey> {
  const jwk = await unseal(privateJwe ?? '', encryptionKey).catch((cause: unknown) => {
    throw new Error(
      `KEY_ENCRYPTION_KEY does not open the signing key ${kid}: it is not the one the keys in this database were made with.`,
      { cause },
    );
  });
  if ((await calculateJwkThumbprint(jwk)) !== kid) throw new Error(`The signing key ${kid} holds the private part of another key.`);
  return (await importJWK(jwk, ALGORITHM)) as CryptoKey;
}

/** RFC 7516: the content is encrypted directly with our key, no other is wrapped in between. */
function seal(jwk: JWK, kid: string, encryptionKey: Uint8Array): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(jwk)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
    .encrypt(encryptionKey);
}

async function unseal(jwe: string, encryptionKey: Uint8Array): Promise<JWK> {
  const { plaintext } = await compactDecrypt(jwe, encryptionKey, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  return JSON.parse(Buffer.from(plaintext).toString()) as JWK;
}
