import { ALGORITHM } from '@reputable/auth';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { seal, unseal } from '../secret/sealed.ts';
import type { SigningKey } from './signing-key.entity.ts';

/** Creates a key pair and encrypts its private key with `encryptionKey`. */
export async function newKeyPair(encryptionKey: Uint8Array): Promise<Pick<SigningKey, 'kid' | 'publicJwk' | 'privateJwe'>> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  // `npm run keys -- revoke` would read it as an option.
  if (kid.startsWith('-')) return newKeyPair(encryptionKey);
  const privateJwe = await seal(await exportJWK(privateKey), encryptionKey, { kid });
  return { kid, publicJwk: { ...publicJwk, kid, use: 'sig', alg: ALGORITHM }, privateJwe };
}

/**
 * Decrypts the private key of a pair, for signing.
 *
 * @throws Error if `encryptionKey` does not decrypt it, or the decrypted key is another one
 */
export async function openPrivateKey(
  { kid, privateJwe }: Pick<SigningKey, 'kid' | 'privateJwe'>,
  encryptionKey: Uint8Array,
): Promise<CryptoKey> {
  const jwk = await unseal<JWK>(privateJwe ?? '', encryptionKey).catch((cause: unknown) => {
    throw new Error(
      `KEY_ENCRYPTION_KEY does not decrypt the signing key ${kid}. Set it to the value that encrypted the keys of this database. If that value is lost, run npm run keys -- replace.`,
      { cause },
    );
  });
  if ((await calculateJwkThumbprint(jwk)) !== kid) throw new Error(`The signing key ${kid} contains the private key of another pair.`);
  return (await importJWK(jwk, ALGORITHM, { extractable: true })) as CryptoKey;
}
